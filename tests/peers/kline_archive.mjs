// kline_archive.mjs BARS FILE...: the bars of Parquet files, as DuckDB reads them, against the kline records in BARS: every column, exactly, by DECIMAL.
// Prints the types that DuckDB sees and how many rows were compared; a difference is printed and fails.
import { ours, quote, rows, sql, cold, types, compare } from './parquet.mjs';

// the records' text becomes DECIMAL as DuckDB itself reads text, apart from our own code
await sql.run(`CREATE TEMP TABLE ours AS SELECT DISTINCT ON (symbol, interval, windowStart) symbol, interval, make_timestamptz(windowStart) AS windowStart,
  open::DECIMAL(18,8) AS open, high::DECIMAL(18,8) AS high, low::DECIMAL(18,8) AS low, close::DECIMAL(18,8) AS close, volume::DECIMAL(38,8) AS volume,
  turnover::DECIMAL(38,16) AS turnover, trades, takerBuyVolume::DECIMAL(38,8) AS bv, takerBuyTurnover::DECIMAL(38,16) AS bt, firstTradeId::BIGINT AS f,
  lastTradeId::BIGINT AS l, version, closed, partial FROM read_ndjson(${quote(ours)}, columns={type:'VARCHAR', symbol:'VARCHAR', interval:'VARCHAR',
  windowStart:'BIGINT', open:'VARCHAR', high:'VARCHAR', low:'VARCHAR', close:'VARCHAR', volume:'VARCHAR', turnover:'VARCHAR', trades:'BIGINT',
  takerBuyVolume:'VARCHAR', takerBuyTurnover:'VARCHAR', firstTradeId:'VARCHAR', lastTradeId:'VARCHAR', version:'BIGINT', closed:'BOOLEAN', partial:'BOOLEAN'})
  WHERE type = 'kline' ORDER BY symbol, interval, windowStart, version DESC`);
await sql.run(`CREATE TEMP TABLE theirs AS ${cold}`);
let wrong = await compare();
const [[compared]] = await rows('SELECT count(*) FROM theirs');
// minima in the footer let a reader skip a file: they must not skip one that has the row
const [[found]] = await rows(`SELECT count(*) FROM (${cold}) WHERE windowStart = (SELECT min(windowStart) FROM ours)`);
const [[expected]] = await rows('SELECT count(*) FROM ours WHERE windowStart = (SELECT min(windowStart) FROM ours)');
if (String(found) !== String(expected)) wrong++;
console.log(JSON.stringify({ types, compared: Number(compared), wrong }));
process.exit(wrong ? 1 : 0);
