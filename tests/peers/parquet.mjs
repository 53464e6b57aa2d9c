// parquet.mjs: what the checks of Parquet files by DuckDB begin with: `OURS FILE...` of the command line, a connection, and the files' rows as SQL.
import { DuckDBInstance } from '@duckdb/node-api';

export const [ours, ...files] = process.argv.slice(2);
export const quote = (s) => `'${s.replaceAll("'", "''")}'`;
const db = await DuckDBInstance.create(':memory:', { threads: '1' });
export const sql = await db.connect();
export const rows = async (query) => (await sql.runAndReadAll(query)).getRowsJson();

export const cold = `SELECT * FROM read_parquet([${files.map(quote).join(',')}])`;
export const types = (await rows(`DESCRIBE ${cold}`)).map(([name, type]) => `${name} ${type}`);

// both tables, ours and theirs, must have the same rows: how many do not
export const compare = async () => {
  let wrong = 0;
  for (const [what, query] of [['only in the files', 'FROM theirs EXCEPT ALL FROM ours'], ['only in the records', 'FROM ours EXCEPT ALL FROM theirs']]) {
    const found = await rows(query);
    wrong += found.length;
    for (const row of found.slice(0, 3)) console.log(`${what}: ${JSON.stringify(row)}`);
  }
  return wrong;
};
