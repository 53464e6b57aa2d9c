/*
 * route_path: the pieces of a route's path and words: segments, and {variables} in them. No I/O.
 */
#ifndef TP_ROUTE_PATH_H
#define TP_ROUTE_PATH_H

#include "span.h"

/* Split off the next segment of a path that begins with a slash; false at its end. */
bool route_segment(struct span *path, struct span *segment);

/* May it stand in a name, and so in a path as it is? */
bool route_name_byte(char c);

/* Is the segment {name}? */
bool route_variable(struct span segment, struct span *name);

/* The place of the variable of that name among the path's, or ROUTE_VARIABLES. */
size_t route_variable_of(struct span path, struct span name);

/* The variable that begins at word[at]: its name, whether it is one of the query, and its end. */
bool route_variable_at(struct span word, size_t at, struct span *name, bool *query, size_t *end);

#endif
