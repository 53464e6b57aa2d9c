PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
INSERT INTO users VALUES('local','2026-11-21T07:42:09.030Z','2e7a1459153d92383d1d3b71011efe47');
CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  exchange TEXT NOT NULL,
  key_alias TEXT NOT NULL,
  enc_payload BLOB NOT NULL, -- AES-256-GCM of {apiKey, secretKey, passphrase, uid}; key-vault's business
  created_at TEXT NOT NULL,
  last_used_at TEXT
) STRICT;
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
INSERT INTO evidence VALUES(1,'evi_20251104_66581ec2adfcb028','0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104','0x8f8af8913a1c8cc8d97083078c67713b833e0ae2c9be6359a49bd8fc306d6f78',NULL,'reports/evidence/2025-11-04/evi_20251104_66581ec2adfcb028.json','9aa666e9f0cbc110435bf0455e6c4c081ae5b935cc948040788cdb1e7a629b5c','2026-11-21T07:42:09.030Z','1a19d019949851071f129541cf4e65c4');
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
INSERT INTO orders VALUES(1,'local','okx','2940071038556348417','BTC-USDT-SWAP','2025-11-04T09:10:11Z',1,'forced-liquidation','evi_20251104_66581ec2adfcb028',NULL,'95f4ab7f6c38e7b24f88136fadca2312');
CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  ord_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paid')),
  payout_amount TEXT,
  created_at TEXT NOT NULL,
  decided_at TEXT
) STRICT;
INSERT INTO claims VALUES(7,'local','2940071038556348417','pending','12.50','2026-11-21T07:50:00.000Z',NULL);
CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  ref_id TEXT,
  created_at TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
INSERT INTO audit_logs VALUES(1,'verify','evi_20251104_66581ec2adfcb028','2026-11-21T07:42:09.030Z','{"evidenceId":"evi_20251104_66581ec2adfcb028","root":"0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104","bundleHash":"0x8f8af8913a1c8cc8d97083078c67713b833e0ae2c9be6359a49bd8fc306d6f78","parentRoot":null,"instId":"BTC-USDT-SWAP","ordId":"2940071038556348417","verifiedAt":"2025-11-04T09:10:11Z","liquidated":true,"reason":"forced-liquidation","sub":null,"error":null}','0da8d5c661e80e721548aff965eb75e2');
CREATE INDEX orders_by_order ON orders (ord_id);
CREATE INDEX orders_by_instrument ON orders (inst_id, verified_at);
CREATE INDEX orders_by_time ON orders (verified_at);
CREATE INDEX audit_logs_by_ref ON audit_logs (ref_id);
COMMIT;
PRAGMA user_version=1;
