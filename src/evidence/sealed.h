/*
 * sealed: the evidence object of a record that merkle-seal has sealed, read strictly.
 *
 * Spans point into the record or into the struct's own buffer, and die with the next call. Nothing
 * is recomputed here.
 */
#ifndef TP_SEALED_H
#define TP_SEALED_H

#include "buf.h"
#include "span.h"
#include "tree.h"

#include <stdint.h>

struct sealed_leaf {
	struct span path;
	struct span object; /* {"path":..,"hash":..[,"salt":..]} as it stands */
	struct tree_hash hash;
	bool salted;
	unsigned char salt[32];
};

struct sealed {
	struct tree_hash root;
	struct tree_hash bundle_hash;
	struct tree_hash parent;
	bool has_parent;
	struct span id;
	struct sealed_leaf *leaves; /* the manifest is the last */
	size_t n;
	size_t cap;
	struct buf paths;
	const char *fault; /* which member is not as it must be */
};

void sealed_init(struct sealed *s);
void sealed_release(struct sealed *s);

/* False, with s->fault, when the object is not of the form in evidence(5). */
bool sealed_read(struct sealed *s, struct span evidence);

struct sealed_leaf *sealed_find(struct sealed *s, struct span path);

#endif
