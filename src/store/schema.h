/*
 * schema: open the database of a state directory; make its tables, or bring those of an earlier
 * version up to date.
 *
 * SQL has the function row_digest(...): 32 hex digits of SHA-256 over its arguments, each with its
 * type and length.
 *
 * A database says in user_version which schema it has, and its tables must be exactly those: any
 * other text is damage, or another program's file. Version 1 becomes 2 in one transaction: claims
 * are taken over, and api_keys, which nothing of version 1 wrote to, must be empty.
 */
#ifndef TP_SCHEMA_H
#define TP_SCHEMA_H

#include "database.h"

/* DIR/db.sqlite, made and given its schema when it is new (DATABASE_WRITE). Dies with 100 when the
 * schema is not ours, with 102 when it is of a version that we do not know. directory is named in
 * messages only. */
void schema_open(struct database *db, const char *directory, enum database_mode mode);

/* row_digest() for a handle that schema_open() did not make. */
void schema_add_functions(struct database *db);

#endif
