/*
 * schema: make a database's tables, or bring those of an earlier version up to date.
 *
 * A database says in user_version which schema it has, and its tables must be exactly those: any
 * other text is damage, or another program's file. Version 1 becomes 2 in one transaction: claims
 * are taken over, and api_keys, which nothing of version 1 wrote to, must be empty.
 */
#ifndef TP_SCHEMA_H
#define TP_SCHEMA_H

#include "database.h"

/* Dies with 100 when the schema is not ours, with 102 when it is of a version that we do not know.
 */
void schema_make(struct database *db);

#endif
