// kline.mjs TRADES BARS [THREADS]: candles of TRADES by DuckDB, with DECIMAL sums, beside those that kline-agg printed into BARS. All must be equal.
// Prints what DuckDB took, by the clock and of the processors, and how many bars were compared; a difference is printed and fails.
import { DuckDBInstance } from '@duckdb/node-api';

const [trades, bars, threads = '2'] = process.argv.slice(2);
const quote = (s) => `'${s.replaceAll("'", "''")}'`;
const intervals = { '1s': 1, '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14400, '1d': 86400 };

const db = await DuckDBInstance.create(':memory:', { threads, memory_limit: '8GB' });
const sql = await db.connect();

// a trade counts once; wider than DECIMAL(18,8) times itself would need
const read = `SELECT symbol, tradeId::UBIGINT AS id, ts, px::DECIMAL(18,8) AS px, sz::DECIMAL(18,8) AS sz, side
  FROM read_ndjson(${quote(trades)}, columns={symbol:'VARCHAR', tradeId:'VARCHAR', ts:'BIGINT', px:'VARCHAR', sz:'VARCHAR', side:'VARCHAR'})`;
const finest = (from, width) => `SELECT symbol, ts - ts % ${width} AS w,
    arg_min(px, {ts: ts, id: id}) AS open, max(px) AS high, min(px) AS low, arg_max(px, {ts: ts, id: id}) AS close,
    sum(sz)::DECIMAL(38,8) AS volume, sum(px::DECIMAL(19,8) * sz::DECIMAL(19,8))::DECIMAL(38,16) AS turnover, count(*)::BIGINT AS n,
    coalesce(sum(sz) FILTER (side = 'buy'), 0)::DECIMAL(38,8) AS bv, coalesce(sum(px::DECIMAL(19,8) * sz::DECIMAL(19,8)) FILTER (side = 'buy'), 0)::DECIMAL(38,16) AS bt,
    min({ts: ts, id: id}) AS k, max({ts: ts, id: id}) AS l FROM ${from} GROUP BY ALL`;
const coarser = (from, width) => `SELECT symbol, w - w % ${width} AS w, arg_min(open, k) AS open, max(high) AS high, min(low) AS low, arg_max(close, l) AS close,
    sum(volume)::DECIMAL(38,8) AS volume, sum(turnover)::DECIMAL(38,16) AS turnover, sum(n)::BIGINT AS n, sum(bv)::DECIMAL(38,8) AS bv, sum(bt)::DECIMAL(38,16) AS bt,
    min(k) AS k, max(l) AS l FROM ${from} GROUP BY ALL`;

const start = process.hrtime.bigint(), used = process.cpuUsage();
let from = 't';
await sql.run(`CREATE TEMP VIEW t AS ${process.env.DISTINCT_TRADES ? `SELECT DISTINCT ON (symbol, id) * FROM (${read})` : read}`);
for (const [name, seconds] of Object.entries(intervals)) {
  const query = from === 't' ? finest(from, seconds * 1e6) : coarser(from, seconds * 1e6);
  await sql.run(`CREATE TEMP TABLE b${name} AS ${query}`);
  from = `b${name}`;
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9, cpu = process.cpuUsage(used);

// the last word that kline-agg had on each window
await sql.run(`CREATE TEMP TABLE ours AS SELECT DISTINCT ON (symbol, interval, windowStart) * FROM read_ndjson(${quote(bars)}, columns={type:'VARCHAR', seq:'BIGINT',
  symbol:'VARCHAR', interval:'VARCHAR', windowStart:'BIGINT', open:'VARCHAR', high:'VARCHAR', low:'VARCHAR', close:'VARCHAR', volume:'VARCHAR', turnover:'VARCHAR',
  trades:'BIGINT', takerBuyVolume:'VARCHAR', takerBuyTurnover:'VARCHAR'}) WHERE type = 'kline' ORDER BY symbol, interval, windowStart, seq DESC`);
let compared = 0, wrong = 0;
for (const name of Object.keys(intervals)) {
  const theirs = `SELECT symbol, w, open, high, low, close, volume, turnover, n, bv, bt FROM b${name}`;
  const ours = `SELECT symbol, windowStart, open::DECIMAL(18,8), high::DECIMAL(18,8), low::DECIMAL(18,8), close::DECIMAL(18,8), volume::DECIMAL(38,8),
    turnover::DECIMAL(38,16), trades, takerBuyVolume::DECIMAL(38,8), takerBuyTurnover::DECIMAL(38,16) FROM ours WHERE interval = '${name}'`;
  for (const [what, query] of [['only DuckDB has', `${theirs} EXCEPT ${ours}`], ['only kline-agg has', `${ours} EXCEPT ${theirs}`]]) {
    const rows = (await sql.runAndReadAll(query)).getRowsJson();
    wrong += rows.length;
    for (const row of rows.slice(0, 3)) console.log(`${name}: ${what} ${JSON.stringify(row)}`);
  }
  compared += Number((await sql.runAndReadAll(`SELECT count(*) FROM b${name}`)).getRowsJson()[0][0]);
}
console.log(JSON.stringify({ duckdb: seconds, cpu: (cpu.user + cpu.system) / 1e6, threads: Number(threads), bars: compared, wrong }));
process.exit(wrong ? 1 : 0);
