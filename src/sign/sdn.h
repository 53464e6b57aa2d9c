/*
 * sdn: the addresses of a block list, out of what OFAC publishes and out of plain lists.
 *
 *   sdn.xml            <idType>Digital Currency Address - XBT</idType> and the <idNumber> after it
 *   sdn_advanced.xml   <FeatureType ID="344">Digital Currency Address - XBT</FeatureType>, and in
 *                      each <Feature FeatureTypeID="344"> the text of <VersionDetail>
 *   sdn.csv, sdnlist.txt  remarks: Digital Currency Address - XBT 1abc...; alt. Digital ...
 *   plain              an address a line; from # on a line is a remark
 *
 * It is no XML parser: it looks for these texts and takes what stands between them. What is cut
 * short (no closing root element) is refused whole, for a list that is half there lets the other
 * half pass.
 *
 * Pure: no I/O.
 */
#ifndef TP_SDN_H
#define TP_SDN_H

#include "span.h"

#include <stdint.h>

/* sdn_advanced.xml has 120 MB. */
#define SDN_FILE_BYTES (512u << 20)
/* The longest address in the list has 106 characters (Monero). */
#define SDN_ADDRESS_MAX 128
/* Kinds of digital currency: 18 in 2026. */
#define SDN_KINDS_MAX 64

enum sdn_form { SDN_XML, SDN_ADVANCED, SDN_REMARKS, SDN_PLAIN };

const char *sdn_form_name(enum sdn_form form);

/* Call found() for each address. NULL, or why the text is refused; found() may have been called
 * then, too. */
const char *sdn_read(struct span text, void (*found)(void *context, struct span address),
		     void *context, enum sdn_form *form);

#endif
