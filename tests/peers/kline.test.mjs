// Catches candles that are not exactly DuckDB's, over trades that come late, doubled and out of order.
import { test } from 'node:test';
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = process.env.TRADEPIPE_BIN;
const here = new URL('.', import.meta.url).pathname;

// the same trades in every run
let state = 88172645463325252n;
const random = (n) => {
  state ^= (state << 13n) & 0xffffffffffffffffn;
  state ^= state >> 7n;
  state ^= (state << 17n) & 0xffffffffffffffffn;
  return Number(state % BigInt(n));
};

function makeTrades(n) {
  const symbols = ['BTC-USDC', 'ETH-USDC', 'SOL-USDC'];
  const id = [0, 0, 0];
  let ts = 1700000000000000;
  const lines = [];
  for (let i = 0; i < n; i++) {
    const k = random(3);
    if (random(10) >= 3) ts += 1 + random(2000000);
    const px = `${1 + random(70000)}.${random(100000000)}`;
    const sz = `${random(20)}.${1 + random(99999999)}`;
    lines.push(JSON.stringify({ type: 'trade', tradeId: String(++id[k]), symbol: symbols[k], px, sz, side: random(2) ? 'buy' : 'sell', ts }));
  }
  // a third comes late by up to 500 places, a twentieth twice
  for (let i = 0; i < n; i++) {
    if (random(3) === 0) {
      const j = Math.min(n - 1, i + random(500));
      [lines[i], lines[j]] = [lines[j], lines[i]];
    }
  }
  return lines.flatMap((l) => (random(20) === 0 ? [l, l] : [l]));
}

test('late, doubled and shuffled trades: every bar of every interval is what DuckDB computes exactly', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kline-'));
  try {
    writeFileSync(join(dir, 'trades'), makeTrades(60000).join('\n') + '\n');
    execFileSync(join(bin, 'kline-agg'), ['--keep-trades', '1000'], { stdio: [openSync(join(dir, 'trades')), openSync(join(dir, 'bars'), 'w'), 'ignore'] });
    const out = execFileSync('node', [join(here, 'kline.mjs'), join(dir, 'trades'), join(dir, 'bars')], { env: { ...process.env, DISTINCT_TRADES: '1' } });
    const result = JSON.parse(out.toString().trim().split('\n').at(-1));
    assert.equal(result.wrong, 0);
    assert.ok(result.bars > 10000, `only ${result.bars} bars`);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
