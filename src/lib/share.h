/*
 * share: where the files are that come with the programs (jq programs, SQL, pages).
 *
 * In turn: $TRADEPIPE_SHARE/NAME; share/NAME beside the bin/ that the program runs from (the source
 * tree); ../../share/tradepipe/NAME (an installation, where programs stand in libexec/tradepipe).
 */
#ifndef TP_SHARE_H
#define TP_SHARE_H

#include "buf.h"

/* Read the file; dies with 102 naming it when it is nowhere. */
void share_read(const char *name, struct buf *out);

#endif
