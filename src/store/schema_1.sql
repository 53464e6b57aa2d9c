-- The schema of version 0.1.0, by which a database of that version is known before it is brought up to date (schema.c). Never changes.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  exchange TEXT NOT NULL,
  key_alias TEXT NOT NULL,
  enc_payload BLOB NOT NULL, -- AES-256-GCM of {apiKey, secretKey, passphrase, uid}; key-vault's business
  created_at TEXT NOT NULL,
  last_used_at TEXT
) STRICT;

-- One row a stored bundle, in the order in which they were stored: parent_root is the root of the row before.
CREATE TABLE evidence (
  seq INTEGER PRIMARY KEY,
  evidence_id TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL UNIQUE,
  bundle_hash TEXT NOT NULL,
  parent_root TEXT,
  path TEXT NOT NULL UNIQUE, -- below the state directory
  file_sha256 TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  exchange TEXT NOT NULL,
  ord_id TEXT,
  inst_id TEXT,
  verified_at TEXT NOT NULL,
  liquidated INTEGER CHECK (liquidated IN (0, 1)), -- NULL: nobody can tell
  reason TEXT,
  evidence_id TEXT NOT NULL UNIQUE REFERENCES evidence (evidence_id),
  error_code TEXT,
  digest TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_order ON orders (ord_id);
CREATE INDEX orders_by_instrument ON orders (inst_id, verified_at);
CREATE INDEX orders_by_time ON orders (verified_at);

CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  ord_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paid')),
  payout_amount TEXT,
  created_at TEXT NOT NULL,
  decided_at TEXT
) STRICT;

CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  ref_id TEXT,
  created_at TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
CREATE INDEX audit_logs_by_ref ON audit_logs (ref_id);

PRAGMA user_version = 1;
