#include "subtypes.h"

/* Bill types and their subtypes as in OKX's guide (2025), as far as liquidations meet them. */
static const struct bill_type {
	const char *type, *name;
	const char *subtypes; /* number, space, name, semicolon */
} bill_types[] = {
    {"1", "Transfer", "11 Transfer in;12 Transfer out;"},
    {"2", "Trade", "1 Buy;2 Sell;3 Open long;4 Open short;5 Close long;6 Close short;"},
    {"3", "Delivery",
     "112 Delivery long;113 Delivery short;170 Exercised;171 Counterparty "
     "exercised;172 Expired OTM;"},
    {"4", "Forced repayment", "114 Forced repayment buy;115 Forced repayment sell;"},
    {"5", "Liquidation",
     "100 Partial liquidation close long;101 Partial liquidation close short;102 Partial "
     "liquidation buy;103 Partial liquidation sell;104 Liquidation long;105 Liquidation short;106 "
     "Liquidation buy;107 Liquidation sell;110 Liquidation transfer in;111 Liquidation transfer "
     "out;"},
    {"6", "Margin transfer",
     "160 Manual margin increase;161 Manual margin decrease;162 Auto "
     "margin increase;"},
    {"7", "Interest deduction", "9 Interest deduction;"},
    {"8", "Funding fee", "173 Funding fee expense;174 Funding fee income;"},
    {"9", "ADL", "125 ADL close long;126 ADL close short;127 ADL buy;128 ADL sell;"},
    {"10", "Clawback", "108 Clawback;"},
    {"11", "System token conversion",
     "118 System token conversion in;119 System token conversion "
     "out;"},
    {"13", "DDH", "131 ddh buy;132 ddh sell;"},
    {"14", "Block trade",
     "204 Block trade buy;205 Block trade sell;206 Block trade open long;207 "
     "Block trade open short;208 Block trade close long;209 Block trade close "
     "short;"},
    {"22", "Repay", "308 Manual repay;309 Auto repay;"},
    {"32", "Move position",
     "324 Move position buy;325 Move position sell;326 Move position open "
     "long;327 Move position open short;328 Move position close long;329 "
     "Move position close short;"},
    {"34", "Settlement", "355 Settlement PnL;"},
};

static void
put_bill_type(const struct bill_type *b, struct buf *row)
{
	struct span rest = span_of(b->subtypes);

	buf_clear(row);
	buf_byte(row, '{');
	buf_json_member_string(row, "type", span_of(b->type));
	buf_json_member_string(row, "typeDesc", span_of(b->name));
	buf_json_key(row, "subTypeDetails");
	buf_byte(row, '[');
	while (rest.len) {
		size_t end = span_find(rest, SPAN_LIT(";")), gap = span_find(rest, SPAN_LIT(" "));

		if (row->ptr[row->len - 1] == '}')
			buf_byte(row, ',');
		buf_byte(row, '{');
		buf_json_member_string(row, "subType", (struct span){rest.ptr, gap});
		buf_json_member_string(row, "subTypeDesc",
				       (struct span){rest.ptr + gap + 1, end - gap - 1});
		buf_byte(row, '}');
		rest = (struct span){rest.ptr + end + 1, rest.len - end - 1};
	}
	buf_str(row, "]}");
}

void
subtypes_serve(struct answering *a)
{
	struct span wanted = query_get(&a->query, "type");
	struct buf row;

	buf_init(&row, 4096);
	reply_open(a->reply);
	for (size_t i = 0; i < sizeof bill_types / sizeof bill_types[0]; i++) {
		if (wanted.ptr && !in_list(wanted, span_of(bill_types[i].type)))
			continue;
		put_bill_type(&bill_types[i], &row);
		reply_row(a->reply, buf_span(&row));
	}
	reply_close(a->reply);
	buf_release(&row);
}
