// trade_archive.mjs TRADES FILE...: the trades of Parquet files, as DuckDB reads them, against the records in TRADES: every column, exactly, by DECIMAL.
// Prints the types that DuckDB sees and how many rows were compared; a difference is printed and fails.
import { ours, quote, rows, sql, cold, types, compare } from './parquet.mjs';

// the records' text becomes DECIMAL as DuckDB itself reads text, apart from our own code
await sql.run(`CREATE TEMP TABLE ours AS SELECT seq, "in", tradeId::BIGINT AS tradeId, symbol, px::DECIMAL(18,8) AS px, sz::DECIMAL(38,8) AS sz,
  quoteSz::DECIMAL(38,16) AS quoteSz, fee::DECIMAL(38,16) AS fee, feeCcy, side, makerId, takerId, makerAccount, takerAccount, rfq,
  make_timestamptz(ts) AS ts FROM read_ndjson(${quote(ours)}, columns={type:'VARCHAR', seq:'BIGINT', 'in':'BIGINT', tradeId:'VARCHAR', symbol:'VARCHAR',
  px:'VARCHAR', sz:'VARCHAR', quoteSz:'VARCHAR', fee:'VARCHAR', feeCcy:'VARCHAR', side:'VARCHAR', makerId:'VARCHAR', takerId:'VARCHAR',
  makerAccount:'VARCHAR', takerAccount:'VARCHAR', rfq:'BOOLEAN', ts:'BIGINT'}) WHERE type = 'trade'`);
await sql.run(`CREATE TEMP TABLE theirs AS SELECT * EXCLUDE (line) FROM (${cold})`);
let wrong = await compare();
// a row's line is the record itself
const [[lines]] = await rows(`SELECT count(*) FROM (${cold}) WHERE line IS NOT NULL AND (line->>'tradeId')::BIGINT = tradeId AND (line->>'px')::DECIMAL(18,8) = px`);
const [[all]] = await rows(`SELECT count(line) FROM (${cold})`);
if (String(lines) !== String(all)) wrong++;
// minima in the footer let a reader skip a file: they must not skip one that has the row
const [[found]] = await rows(`SELECT count(*) FROM (${cold}) WHERE ts = (SELECT min(ts) FROM ours)`);
const [[expected]] = await rows('SELECT count(*) FROM ours WHERE ts = (SELECT min(ts) FROM ours)');
if (String(found) !== String(expected)) wrong++;
const [[compared]] = await rows('SELECT count(*) FROM theirs');
console.log(JSON.stringify({ types, compared: Number(compared), lines: Number(lines), wrong }));
process.exit(wrong ? 1 : 0);
