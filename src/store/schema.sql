-- The verify store: who asked, which order, what was decided, and where the evidence lies.
-- Times are ISO 8601 UTC. A row's digest is over its other columns: a damaged row is found by store --fsck.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;

-- The data key of the credentials in api_keys, wrapped by the master key; key-vault(1) has the form of every column.
CREATE TABLE vault (
  n INTEGER PRIMARY KEY CHECK (n = 1),
  id TEXT NOT NULL,
  kdf TEXT NOT NULL CHECK (kdf IN ('key', 'scrypt')),
  kdf_log_n INTEGER NOT NULL,
  kdf_r INTEGER NOT NULL,
  kdf_p INTEGER NOT NULL,
  kdf_salt BLOB NOT NULL,
  master_check BLOB NOT NULL,
  wrapped_key BLOB NOT NULL,
  data_check BLOB NOT NULL,
  seq INTEGER NOT NULL, -- changes of api_keys so far
  seal BLOB NOT NULL, -- over all rows of api_keys
  created_at TEXT NOT NULL,
  rotated_at TEXT,
  digest TEXT NOT NULL
) STRICT;

-- A row a version of an alias' credentials; the highest is the one in use. A payload is never written over.
CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  exchange TEXT NOT NULL,
  key_alias TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  enc_payload BLOB NOT NULL, -- nonce, AES-256-GCM of {apiKey, secretKey, passphrase, uid}, tag
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  digest TEXT NOT NULL,
  UNIQUE (user_id, key_alias, version)
) STRICT;
CREATE TRIGGER api_keys_stay BEFORE UPDATE OF id, user_id, exchange, key_alias, version, enc_payload, created_at ON api_keys
BEGIN
  SELECT RAISE(ABORT, 'a version of an alias does not change');
END;

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

-- claim's transitions: pending to approved or rejected, approved to paid or rejected.
CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  ord_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paid')),
  payout_amount TEXT, -- an exact decimal
  created_at TEXT NOT NULL,
  decided_at TEXT,
  evidence_id TEXT REFERENCES evidence (evidence_id), -- what the approval stands on
  override_reason TEXT, -- or why it needs none
  reject_reason TEXT,
  reference TEXT UNIQUE, -- of the payment
  paid_at TEXT,
  digest TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX claims_once ON claims (user_id, ord_id) WHERE status <> 'rejected';

CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  ref_id TEXT,
  created_at TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
CREATE INDEX audit_logs_by_ref ON audit_logs (ref_id);

PRAGMA user_version = 2;
