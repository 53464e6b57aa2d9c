-- Hot K-lines. Money is decimal text, as in the records: exact, and readable with any SQLite.
PRAGMA application_id = 1802267969; -- "klA" and a 1: ours
CREATE TABLE bars (
	symbol TEXT NOT NULL,
	interval TEXT NOT NULL,
	window_start INTEGER NOT NULL, -- microseconds UTC
	open TEXT, high TEXT, low TEXT, close TEXT, -- NULL: every trade was cancelled
	volume TEXT NOT NULL,
	turnover TEXT NOT NULL,
	trades INTEGER NOT NULL,
	taker_buy_volume TEXT NOT NULL,
	taker_buy_turnover TEXT NOT NULL,
	first_trade_id INTEGER, last_trade_id INTEGER, -- NULL: a window without trades
	version INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	partial INTEGER NOT NULL,
	PRIMARY KEY (symbol, interval, window_start)
) STRICT, WITHOUT ROWID;
-- trade ids that have not come
CREATE TABLE gaps (
	symbol TEXT NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	PRIMARY KEY (symbol, first)
) STRICT, WITHOUT ROWID;
-- trades that came after the bar of this interval had been forgotten
CREATE TABLE late (
	symbol TEXT NOT NULL,
	interval TEXT NOT NULL,
	window_start INTEGER NOT NULL,
	trade_id INTEGER NOT NULL,
	PRIMARY KEY (symbol, interval, window_start, trade_id)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
