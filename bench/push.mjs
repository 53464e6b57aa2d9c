// push.mjs: what bench/push runs beside ws-push: the usual server, npm ws, that sends each line of stdin to all, and ends the connection of whom more
// than 1 MiB waits for. Prints its port.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
const { WebSocketServer } = createRequire(new URL('../tests/peers/', import.meta.url))('ws');
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
let dropped = 0;
server.on('listening', () => console.log(server.address().port));
createInterface({ input: process.stdin }).on('line', (line) => {
	for (const c of server.clients) {
		if (c.bufferedAmount > 1 << 20) dropped++, c.terminate();
		else c.send(line);
	}
});
process.on('SIGTERM', () => (console.log(dropped), process.exit()));
