/*
 * Catches a JSON scanner that takes more, or less, than RFC 8259 allows.
 *
 * It covers the ground that N. Seriot mapped in "Parsing JSON is a minefield" (JSONTestSuite):
 * texts that every parser must accept, texts that every parser must reject, and texts where the RFC
 * leaves the answer open. The texts are our own. For each rejected one the class of the error is
 * expected too, and every open question has its pinned answer.
 */
#include "json.h"
#include "test.h"

#define ACCEPTED 95
#define REJECTED 188
#define PINNED_ACCEPTED 10
#define PINNED_REJECTED 25

struct json_case {
	const char *what;
	struct span text;
	enum json_error error;
};

#define TEXT(s)                    \
	{                          \
		(s), sizeof(s) - 1 \
	}

static const struct json_case accepted[] = {
    /* arrays */
    {"arrays in an array, spaces between", TEXT("[[] ,\t[ ] , [[]]]"), JSON_OK},
    {"empty array", TEXT("[]"), JSON_OK},
    {"array of one empty string", TEXT("[\"\"]"), JSON_OK},
    {"array with a line feed behind it", TEXT("[\"px\"]\n"), JSON_OK},
    {"array of false", TEXT("[false]"), JSON_OK},
    {"array of every type", TEXT("[null, 7, \"7\", {}, [], true]"), JSON_OK},
    {"array of null", TEXT("[null]"), JSON_OK},
    {"line feed before the bracket", TEXT("[8\n]"), JSON_OK},
    {"space before the array", TEXT("  [8]"), JSON_OK},
    {"array of several nulls", TEXT("[8,null,null,null,9]"), JSON_OK},
    {"space behind the array", TEXT("[9] "), JSON_OK},

    /* numbers */
    {"number with exponent", TEXT("[650e004]"), JSON_OK},
    {"zero with positive exponent", TEXT("[0e+2]"), JSON_OK},
    {"zero with exponent", TEXT("[0e2]"), JSON_OK},
    {"number behind a space", TEXT("[ 8]"), JSON_OK},
    {"fraction of seventy zeros",
     TEXT("[-0.0000000000000000000000000000000000000000000000000000000000000000000007]"), JSON_OK},
    {"integer with exponent", TEXT("[30e1]"), JSON_OK},
    {"minus zero", TEXT("[-0]"), JSON_OK},
    {"negative integer", TEXT("[-250]"), JSON_OK},
    {"minus one", TEXT("[-1]"), JSON_OK},
    {"minus zero with fraction", TEXT("[-0.0]"), JSON_OK},
    {"capital E", TEXT("[3E12]"), JSON_OK},
    {"capital E, negative exponent", TEXT("[3E-3]"), JSON_OK},
    {"capital E, positive exponent", TEXT("[3E+3]"), JSON_OK},
    {"exponent", TEXT("[65e15]"), JSON_OK},
    {"fraction and exponent", TEXT("[65.125e15]"), JSON_OK},
    {"negative exponent", TEXT("[3e-3]"), JSON_OK},
    {"positive exponent", TEXT("[3e+3]"), JSON_OK},
    {"integer", TEXT("[65]"), JSON_OK},
    {"fraction", TEXT("[65.000125]"), JSON_OK},

    /* objects */
    {"two members", TEXT("{\"bid\":\"1\", \"ask\":\"2\"}"), JSON_OK},
    {"one member", TEXT("{\"bid\":\"1\"}"), JSON_OK},
    {"a name twice, two values", TEXT("{\"bid\":\"1\",\"bid\":\"2\"}"), JSON_OK},
    {"a name twice, one value", TEXT("{\"bid\":\"1\",\"bid\":\"1\"}"), JSON_OK},
    {"empty object", TEXT("{}"), JSON_OK},
    {"empty name", TEXT("{\"\":1}"), JSON_OK},
    {"escaped NUL in a name", TEXT("{\"bid\\u0000ask\":5}"), JSON_OK},
    {"numbers near the ends of a double", TEXT("{ \"low\": -1.5e+305, \"high\": 1.5e+305 }"),
     JSON_OK},
    {"long strings",
     TEXT("{\"rows\":[{\"id\": "
	  "\"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\"}],"
	  " \"id\": "
	  "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"}"),
     JSON_OK},
    {"array as value", TEXT("{\"rows\":[]}"), JSON_OK},
    {"string of escapes as value",
     TEXT("{\"name\":\"\\u0411\\u0438\\u0440\\u0436\\u0430 \\u041e\\u041a\\u0425\" }"), JSON_OK},
    {"line feeds inside", TEXT("{\n\"bid\": \"1\"\n}"), JSON_OK},

    /* strings */
    {"escapes of one, two and three bytes", TEXT("[\"\\u0024\\u00a3\\u20AC\"]"), JSON_OK},
    {"escaped surrogate pair", TEXT("[\"\\uD83D\\uDCB0\"]"), JSON_OK},
    {"two escaped surrogate pairs", TEXT("[\"\\ud83d\\udcb0\\ud83e\\ude99\"]"), JSON_OK},
    {"every short escape", TEXT("[\"\\t\\r\\n\\f\\b\\/\\\\\\\"\"]"), JSON_OK},
    {"escaped backslash and u0000", TEXT("[\"\\\\u0000\"]"), JSON_OK},
    {"escaped quote", TEXT("[\"\\\"\"]"), JSON_OK},
    {"comment inside a string", TEXT("[\"px/*limit*/sz//lots\"]"), JSON_OK},
    {"two backslashes and a", TEXT("[\"\\\\a\"]"), JSON_OK},
    {"two backslashes and n", TEXT("[\"\\\\n\"]"), JSON_OK},
    {"escaped control character", TEXT("[\"\\u0013\"]"), JSON_OK},
    {"escaped noncharacter", TEXT("[\"\\uFFFE\"]"), JSON_OK},
    {"string in an array", TEXT("[\"usdt\"]"), JSON_OK},
    {"string in an array behind a space", TEXT("[ \"usdt\"]"), JSON_OK},
    {"the last surrogate pair", TEXT("[\"\\uDBFF\\uDFFF\"]"), JSON_OK},
    {"escaped no-break space", TEXT("[\"65\\u00A0000\"]"), JSON_OK},
    {"U+10FFFF as bytes", TEXT("[\"\xf4\x8f\xbf\xbf\"]"), JSON_OK},
    {"U+FFFF as bytes", TEXT("[\"\xef\xbf\xbf\"]"), JSON_OK},
    {"escaped NUL", TEXT("[\"\\u0000\"]"), JSON_OK},
    {"escaped comma", TEXT("[\"\\u002c\"]"), JSON_OK},
    {"Greek letter as bytes", TEXT("[\"\xcf\x83\"]"), JSON_OK},
    {"unassigned U+1BFFF as bytes", TEXT("[\"\xf0\x9b\xbf\xbf\"]"), JSON_OK},
    {"ASCII", TEXT("[\"long \"]"), JSON_OK},
    {"a space alone", TEXT("\" \""), JSON_OK},
    {"escaped musical symbol", TEXT("[\"\\uD834\\uDd1e\"]"), JSON_OK},
    {"escape of three bytes", TEXT("[\"\\u0824\"]"), JSON_OK},
    {"escape of two bytes", TEXT("[\"\\u0124\"]"), JSON_OK},
    {"line separator as bytes", TEXT("[\"\xe2\x80\xa8\"]"), JSON_OK},
    {"paragraph separator as bytes", TEXT("[\"\xe2\x80\xa9\"]"), JSON_OK},
    {"escaped line feed", TEXT("[\"two\\u000Alines\"]"), JSON_OK},
    {"escapes in a row", TEXT("[\"\\u0062\\u30af\\u30EA\\u30b1\"]"), JSON_OK},
    {"DEL as it is", TEXT("[\"\x7f\"]"), JSON_OK},
    {"Thai letters as bytes", TEXT("[\"\xe0\xb8\xbf\xe0\xb8\x9a\xe0\xb8\xb2\xe0\xb8\x97\"]"),
     JSON_OK},
    {"backslash as escape", TEXT("[\"\\u005c\"]"), JSON_OK},
    {"quote as escape", TEXT("[\"\\u0022\"]"), JSON_OK},
    {"escape of mixed case", TEXT("[\"\\uA66d\"]"), JSON_OK},
    {"escaped U+10FFFE", TEXT("[\"\\uDBFF\\uDFFE\"]"), JSON_OK},
    {"escaped U+1FFFE", TEXT("[\"\\uD83F\\uDFFE\"]"), JSON_OK},
    {"escaped zero width space", TEXT("[\"\\u200B\"]"), JSON_OK},
    {"escaped invisible times", TEXT("[\"\\u2062\"]"), JSON_OK},
    {"escaped U+FDD1", TEXT("[\"\\uFDD1\"]"), JSON_OK},
    {"escaped U+FFFF", TEXT("[\"\\uFFFF\"]"), JSON_OK},
    {"euro sign and clef as bytes", TEXT("[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"), JSON_OK},
    {"DEL between letters",
     TEXT("[\"b\x7f"
	  "b\"]"),
     JSON_OK},

    /* bare values and white space */
    {"bare false", TEXT("false"), JSON_OK},
    {"bare integer", TEXT("65"), JSON_OK},
    {"bare negative fraction", TEXT("-0.5"), JSON_OK},
    {"bare null", TEXT("null"), JSON_OK},
    {"bare string", TEXT("\"usdt\""), JSON_OK},
    {"bare true", TEXT("true"), JSON_OK},
    {"bare empty string", TEXT("\"\""), JSON_OK},
    {"object with a line feed behind it", TEXT("{\"bid\":1}\n"), JSON_OK},
    {"array of true", TEXT("[true]"), JSON_OK},
    {"spaces around an array", TEXT("\t [] \r\n"), JSON_OK},
};

static const struct json_case rejected[] = {
    /* arrays */
    {"no comma between two elements", TEXT("[7 false]"), JSON_E_SYNTAX},
    {"bad UTF-8 behind a name", TEXT("[b\xc3]"), JSON_E_SYNTAX},
    {"colon for comma", TEXT("[\"bid\": 2]"), JSON_E_SYNTAX},
    {"comma behind the array", TEXT("[\"bid\"],"), JSON_E_TRAILING},
    {"comma first", TEXT("[,7]"), JSON_E_SYNTAX},
    {"two commas", TEXT("[7,,8]"), JSON_E_SYNTAX},
    {"two commas at the end", TEXT("[\"y\",,]"), JSON_E_SYNTAX},
    {"closed twice", TEXT("[\"y\"]]"), JSON_E_TRAILING},
    {"comma at the end", TEXT("[\"bid\",]"), JSON_E_SYNTAX},
    {"letter for a value", TEXT("[y"), JSON_E_SYNTAX},
    {"ends behind an element", TEXT("[\"y\""), JSON_E_TRUNCATED},
    {"array behind a number without comma", TEXT("[4[5]]"), JSON_E_SYNTAX},
    {"a byte that no UTF-8 holds", TEXT("[\xfe]"), JSON_E_UTF8},
    {"semicolon for comma", TEXT("[7;8]"), JSON_E_SYNTAX},
    {"comma alone", TEXT("[,]"), JSON_E_SYNTAX},
    {"minus alone", TEXT("[-]"), JSON_E_NUMBER},
    {"comma where the value should be", TEXT("[   , \"bid\"]"), JSON_E_SYNTAX},
    {"ends behind a line feed", TEXT("[\"y\",\n8\n,7,"), JSON_E_TRUNCATED},
    {"number and comma at the end", TEXT("[7,]"), JSON_E_SYNTAX},
    {"number and commas at the end", TEXT("[7,,]"), JSON_E_SYNTAX},
    {"vertical tab in a string, form feed escaped outside",
     TEXT("[\"\x0b"
	  "b\"\\f]"),
     JSON_E_CONTROL},
    {"star for a value", TEXT("[*]"), JSON_E_SYNTAX},
    {"ends behind a comma", TEXT("[7,"), JSON_E_TRUNCATED},
    {"ends behind values on lines", TEXT("[7,\n7\n,7"), JSON_E_TRUNCATED},
    {"ends behind an object", TEXT("[{}"), JSON_E_TRUNCATED},
    {"brace closes an array", TEXT("[7}"), JSON_E_SYNTAX},

    /* literals */
    {"fals", TEXT("[fals]"), JSON_E_SYNTAX},
    {"nul", TEXT("[nul]"), JSON_E_SYNTAX},
    {"tru", TEXT("[tru]"), JSON_E_SYNTAX},

    /* numbers */
    {"digits that end in a NUL", TEXT("650\0"), JSON_E_TRAILING},
    {"two points", TEXT("[0.6.5]"), JSON_E_SYNTAX},
    {"minus and a leading zero", TEXT("[-06]"), JSON_E_NUMBER},
    {"fraction and e plus", TEXT("[0.6e+]"), JSON_E_NUMBER},
    {"fraction and e", TEXT("[0.6e]"), JSON_E_NUMBER},
    {"zero and E plus", TEXT("[0E+]"), JSON_E_NUMBER},
    {"zero and E", TEXT("[0E]"), JSON_E_NUMBER},
    {"no digit between point and e", TEXT("[0.e6]"), JSON_E_NUMBER},
    {"zero and e plus", TEXT("[0e+]"), JSON_E_NUMBER},
    {"zero and e", TEXT("[0e]"), JSON_E_NUMBER},
    {"space between digits", TEXT("[65 000.0]"), JSON_E_SYNTAX},
    {"real and e plus", TEXT("[6.0e+]"), JSON_E_NUMBER},
    {"real and e minus", TEXT("[6.0e-]"), JSON_E_NUMBER},
    {"real and e", TEXT("[6.0e]"), JSON_E_NUMBER},
    {"point behind a real", TEXT("[-6.0.]"), JSON_E_SYNTAX},
    {"two exponents", TEXT("[6eE5]"), JSON_E_NUMBER},
    {"plus sign", TEXT("[+6]"), JSON_E_SYNTAX},
    {"point before minus", TEXT("[.-6]"), JSON_E_SYNTAX},
    {"no fraction before e plus", TEXT("[6.e+5]"), JSON_E_NUMBER},
    {"no fraction before e minus", TEXT("[6.e-5]"), JSON_E_NUMBER},
    {"no fraction before e", TEXT("[6.e5]"), JSON_E_NUMBER},
    {"point first, with exponent", TEXT("[.6e-5]"), JSON_E_SYNTAX},
    {"minus, and no fraction", TEXT("[-6.]"), JSON_E_NUMBER},
    {"no fraction, no exponent digits", TEXT("[6.e+]"), JSON_E_NUMBER},
    {"a sum", TEXT("[6+5]"), JSON_E_SYNTAX},
    {"hexadecimal, one digit", TEXT("[0xA]"), JSON_E_SYNTAX},
    {"hexadecimal, two digits", TEXT("[0xA5]"), JSON_E_SYNTAX},
    {"Infinity", TEXT("[Infinity]"), JSON_E_SYNTAX},
    {"+Inf", TEXT("[+Inf]"), JSON_E_SYNTAX},
    {"Inf", TEXT("[Inf]"), JSON_E_SYNTAX},
    {"exponent of two signs", TEXT("[0e+-6]"), JSON_E_NUMBER},
    {"letter behind a negative real", TEXT("[-650.65foo]"), JSON_E_SYNTAX},
    {"bad UTF-8 in a long integer", TEXT("[650\xc3]"), JSON_E_SYNTAX},
    {"bad UTF-8 behind the exponent", TEXT("[6e5\xc3]"), JSON_E_SYNTAX},
    {"bad UTF-8 behind a zero", TEXT("[0\xc3]\n"), JSON_E_SYNTAX},
    {"two plus signs", TEXT("[++650]"), JSON_E_SYNTAX},
    {"-Infinity", TEXT("[-Infinity]"), JSON_E_NUMBER},
    {"minus and a word", TEXT("[-bid]"), JSON_E_NUMBER},
    {"minus, space, digit", TEXT("[- 6]"), JSON_E_NUMBER},
    {"-NaN", TEXT("[-NaN]"), JSON_E_NUMBER},
    {"NaN", TEXT("[NaN]"), JSON_E_SYNTAX},
    {"minus, zero, digits", TEXT("[-0650]"), JSON_E_NUMBER},
    {"minus and a point", TEXT("[-.650]"), JSON_E_NUMBER},
    {"letter behind a negative integer", TEXT("[-6y]"), JSON_E_SYNTAX},
    {"letter as exponent", TEXT("[6eb]"), JSON_E_NUMBER},
    {"bad UTF-8 as exponent", TEXT("[6e\xc3]"), JSON_E_NUMBER},
    {"point and nothing behind it", TEXT("[6.]"), JSON_E_NUMBER},
    {"point first", TEXT("[.650]"), JSON_E_SYNTAX},
    {"full-width digit", TEXT("[\xef\xbc\x96]"), JSON_E_SYNTAX},
    {"letter inside digits", TEXT("[6.5b-7]"), JSON_E_SYNTAX},
    {"letters behind a real", TEXT("[6.5btc]"), JSON_E_SYNTAX},
    {"leading zero", TEXT("[0650]"), JSON_E_NUMBER},
    {"two leading zeros", TEXT("[00.6]"), JSON_E_NUMBER},
    {"minus and two zeros", TEXT("[-00]"), JSON_E_NUMBER},

    /* objects */
    {"two words for a value", TEXT("[\"y\", yes]"), JSON_E_SYNTAX},
    {"array for a name", TEXT("{[: \"y\"}\n"), JSON_E_SYNTAX},
    {"comma for colon", TEXT("{\"y\", null}"), JSON_E_SYNTAX},
    {"two colons", TEXT("{\"y\"::\"b\"}"), JSON_E_SYNTAX},
    {"emoji for a name", TEXT("{\xf0\x9f\x92\xb0}"), JSON_E_SYNTAX},
    {"number behind a value", TEXT("{\"b\":\"b\" 650}"), JSON_E_SYNTAX},
    {"name in single quotes", TEXT("{key: 'value'}"), JSON_E_SYNTAX},
    {"continuation byte in a name, comma at the end", TEXT("{\"\xb9\":\"0\",}"), JSON_E_UTF8},
    {"no colon", TEXT("{\"b\" c}"), JSON_E_SYNTAX},
    {"no name", TEXT("{:\"c\"}"), JSON_E_SYNTAX},
    {"space for colon", TEXT("{\"b\" \"c\"}"), JSON_E_SYNTAX},
    {"ends behind the colon", TEXT("{\"b\":"), JSON_E_TRUNCATED},
    {"ends behind the name", TEXT("{\"b\""), JSON_E_TRUNCATED},
    {"number for a name", TEXT("{7:7}"), JSON_E_SYNTAX},
    {"null for a name, twice", TEXT("{null:null,null:null}"), JSON_E_SYNTAX},
    {"single quotes throughout", TEXT("{'b':0}"), JSON_E_SYNTAX},
    {"comma at the end of an object", TEXT("{\"sz\":0,}"), JSON_E_SYNTAX},
    {"comment behind an object", TEXT("{\"b\":\"c\"}/**/"), JSON_E_TRAILING},
    {"comment never closed", TEXT("{\"b\":\"c\"}/**//"), JSON_E_TRAILING},
    {"line comment behind an object", TEXT("{\"b\":\"c\"}//"), JSON_E_TRAILING},
    {"slash behind an object", TEXT("{\"b\":\"c\"}/"), JSON_E_TRAILING},
    {"two commas between members", TEXT("{\"b\":\"c\",,\"d\":\"e\"}"), JSON_E_SYNTAX},
    {"name without quotes", TEXT("{b: \"c\"}"), JSON_E_SYNTAX},
    {"ends inside a value", TEXT("{\"b\":\"b"), JSON_E_TRUNCATED},
    {"a string alone as member", TEXT("{ \"bid\" : \"ask\", \"b\" }"), JSON_E_SYNTAX},
    {"hash behind an object", TEXT("{\"b\":\"c\"}#"), JSON_E_TRAILING},
    {"bracket closes an object", TEXT("{\"b\":[]]"), JSON_E_SYNTAX},

    /* white space alone */
    {"a space", TEXT(" "), JSON_E_EMPTY},

    /* strings */
    {"half a pair, then a backslash", TEXT("[\"\\uD83D\\\"]"), JSON_E_SURROGATE},
    {"half a pair, then \\u", TEXT("[\"\\uD83D\\u\"]"), JSON_E_ESCAPE},
    {"half a pair, then \\u and one digit", TEXT("[\"\\uD83D\\ud\"]"), JSON_E_ESCAPE},
    {"half a pair, then \\u, one digit and no digit", TEXT("[\"\\uD83D\\udx\"]"), JSON_E_ESCAPE},
    {"letter with accent, no quotes", TEXT("[\xc3\xa4]"), JSON_E_SYNTAX},
    {"backslash and NUL", TEXT("[\"\\\0\"]"), JSON_E_ESCAPE},
    {"three backslashes", TEXT("[\"\\\\\\\"]"), JSON_E_TRUNCATED},
    {"backslash and a tab", TEXT("[\"\\\t\"]"), JSON_E_ESCAPE},
    {"backslash and an emoji", TEXT("[\"\\\xf0\x9f\x92\xb0\"]"), JSON_E_ESCAPE},
    {"\\x", TEXT("[\"\\x0a\"]"), JSON_E_ESCAPE},
    {"backslash before the last quote", TEXT("[\"\\\"]"), JSON_E_TRUNCATED},
    {"three digits of an escape", TEXT("[\"\\u00B\"]"), JSON_E_ESCAPE},
    {"second half of three digits", TEXT("[\"\\uD83D\\uDCB\"]"), JSON_E_ESCAPE},
    {"second half cut off, bad escape behind it", TEXT("[\"\\uD83E\\uD83E\\y\"]"),
     JSON_E_SURROGATE},
    {"\\y", TEXT("[\"\\y\"]"), JSON_E_ESCAPE},
    {"no hexadecimal digits", TEXT("[\"\\uzz99\"]"), JSON_E_ESCAPE},
    {"bad UTF-8 behind an escape", TEXT("[\"\\u0062\xc3\"]"), JSON_E_UTF8},
    {"bad UTF-8 as escape", TEXT("[\"\\\xc3\"]"), JSON_E_ESCAPE},
    {"bad UTF-8 inside an escape", TEXT("[\"\\u00\xc3\"]"), JSON_E_ESCAPE},
    {"escaped space outside a string", TEXT("[\\u0020\"usdt\"]"), JSON_E_SYNTAX},
    {"escape outside a string", TEXT("[\\n]"), JSON_E_SYNTAX},
    {"one quote", TEXT("\""), JSON_E_TRUNCATED},
    {"single quotes", TEXT("['bid']"), JSON_E_SYNTAX},
    {"word without quotes", TEXT("bid"), JSON_E_SYNTAX},
    {"ends behind a backslash", TEXT("[\"\\"), JSON_E_TRUNCATED},
    {"NUL in a string", TEXT("[\"b\0b\"]"), JSON_E_CONTROL},
    {"line feed in a string", TEXT("[\"two\nlines\"]"), JSON_E_CONTROL},
    {"tab in a string", TEXT("[\"\t\"]"), JSON_E_CONTROL},
    {"\\U", TEXT("\"\\UB66D\""), JSON_E_ESCAPE},
    {"letter behind a string", TEXT("\"\"y"), JSON_E_TRAILING},
    {"last control byte in a string", TEXT("[\"\x1f\"]"), JSON_E_CONTROL},

    /* what stands around values */
    {"point between angles", TEXT("<.>"), JSON_E_SYNTAX},
    {"null between angles", TEXT("[<null>]"), JSON_E_SYNTAX},
    {"letter behind an array", TEXT("[7]y"), JSON_E_TRAILING},
    {"string never closed", TEXT("[\"bid]"), JSON_E_TRUNCATED},
    {"word with an accent", TEXT("b\xc3\xa4"), JSON_E_SYNTAX},
    {"True", TEXT("[True]"), JSON_E_SYNTAX},
    {"array closed and never opened", TEXT("7]"), JSON_E_TRAILING},
    {"ends behind a member's comma", TEXT("{\"y\": true,"), JSON_E_TRUNCATED},
    {"two arrays", TEXT("[][]"), JSON_E_TRAILING},
    {"closing bracket alone", TEXT("]"), JSON_E_SYNTAX},
    {"two thirds of a byte order mark", TEXT("\xef\xbb{}"), JSON_E_UTF8},
    {"a lead byte alone", TEXT("\xc3"), JSON_E_UTF8},
    {"opening bracket alone", TEXT("["), JSON_E_TRUNCATED},
    {"nothing", TEXT(""), JSON_E_EMPTY},
    {"NUL for a value", TEXT("[\0]"), JSON_E_SYNTAX},
    {"sign behind a number", TEXT("6@"), JSON_E_TRAILING},
    {"object closed twice", TEXT("{}}"), JSON_E_TRAILING},
    {"empty name, no value", TEXT("{\"\":"), JSON_E_TRUNCATED},
    {"comment inside an object", TEXT("{\"b\":/*limit*/\"c\"}"), JSON_E_SYNTAX},
    {"string behind an object", TEXT("{\"b\": true} \"y\""), JSON_E_TRAILING},
    {"single quote behind a bracket", TEXT("['"), JSON_E_SYNTAX},
    {"comma behind a bracket", TEXT("[,"), JSON_E_SYNTAX},
    {"brace behind a bracket", TEXT("[{"), JSON_E_TRUNCATED},
    {"open string behind a bracket", TEXT("[\"b"), JSON_E_TRUNCATED},
    {"brace alone", TEXT("{"), JSON_E_TRUNCATED},
    {"bracket closes a brace", TEXT("{]"), JSON_E_SYNTAX},
    {"comma behind a brace", TEXT("{,"), JSON_E_SYNTAX},
    {"bracket behind a brace", TEXT("{["), JSON_E_SYNTAX},
    {"open string behind a brace", TEXT("{\"b"), JSON_E_TRUNCATED},
    {"single quotes behind a brace", TEXT("{'b'"), JSON_E_SYNTAX},
    {"escaped braces in open strings", TEXT("[\"\\{[\"\\{[\"\\{[\"\\{"), JSON_E_ESCAPE},
    {"bare letter with accent", TEXT("\xc3\xa4"), JSON_E_SYNTAX},
    {"bare star", TEXT("*"), JSON_E_SYNTAX},
    {"object behind a hash", TEXT("{\"b\":\"c\"}#{}"), JSON_E_TRAILING},
    {"word joiner for white space", TEXT("[\xe2\x81\xa0]"), JSON_E_SYNTAX},
    {"escaped line feed outside a string", TEXT("[\\u000A\"\"]"), JSON_E_SYNTAX},
    {"ends behind a number", TEXT("[7"), JSON_E_TRUNCATED},
    {"ends inside null", TEXT("[ true, nul"), JSON_E_TRUNCATED},
    {"ends inside false", TEXT("[ null, fal"), JSON_E_TRUNCATED},
    {"ends inside true", TEXT("[ false, tru"), JSON_E_TRUNCATED},
    {"object never closed", TEXT("{\"bid\":\"ask\""), JSON_E_TRUNCATED},
    {"form feed for white space", TEXT("[\x0c]"), JSON_E_SYNTAX},
    {"byte order mark and nothing", TEXT("\xef\xbb\xbf"), JSON_E_SYNTAX},
    {"no-break space for white space", TEXT("[\xc2\xa0]"), JSON_E_SYNTAX},
};

/* Two more rejected ones are made in test_deep(): brackets, and objects in arrays, without end. */

/* Where RFC 8259 lets a parser choose: numbers have no range here, everything else is refused. */
static const struct json_case pinned[] = {
    {"negative exponent of eight digits", TEXT("[65.5e-10000000]"), JSON_OK},
    {"exponent of forty digits", TEXT("[0.6e00650000000000000000000000000000000000]"), JSON_OK},
    {"negative integer, exponent of 25 digits", TEXT("[-6e+9999999999999999999999999]"), JSON_OK},
    {"fraction, exponent of eight digits", TEXT("[6.5e+10000000]"), JSON_OK},
    {"below the smallest double", TEXT("[-6.5e9999]"), JSON_OK},
    {"above the largest double", TEXT("[6.5e9999]"), JSON_OK},
    {"nearer to zero than any double", TEXT("[6.5e-9999]"), JSON_OK},
    {"negative integer of 30 digits", TEXT("[-650650650650650650650650650650]"), JSON_OK},
    {"integer of 21 digits", TEXT("[650650650650650650650]"), JSON_OK},
    {"negative integer of 47 digits", TEXT("[-65065065065065065065065065065065065065065065065]"),
     JSON_OK},

    {"second half of a pair in a name", TEXT("{\"\\uDCB0\":0}"), JSON_E_SURROGATE},
    {"first half of a pair alone", TEXT("[\"\\uD83D\"]"), JSON_E_SURROGATE},
    {"first half, then no second half", TEXT("[\"\\uD83D\\u1234\"]"), JSON_E_SURROGATE},
    {"first half, then a line feed escape", TEXT("[\"\\uD83D\\n\"]"), JSON_E_SURROGATE},
    {"first half, then a letter", TEXT("[\"\\uD83Db\"]"), JSON_E_SURROGATE},
    {"two first halves, then an escape", TEXT("[\"\\uD83D\\uD83D\\n\"]"), JSON_E_SURROGATE},
    {"first half in lower case", TEXT("[\"\\ud83d\"]"), JSON_E_SURROGATE},
    {"first half between letters", TEXT("[\"\\ud83dbtc\"]"), JSON_E_SURROGATE},
    {"halves the wrong way round", TEXT("[\"\\uDCB0\\uD83D\"]"), JSON_E_SURROGATE},
    {"second half alone", TEXT("[\"\\uDFAB\"]"), JSON_E_SURROGATE},
    {"a byte that UTF-8 never has", TEXT("[\"\xff\"]"), JSON_E_UTF8},
    {"Latin 1", TEXT("[\"\xe4\"]"), JSON_E_UTF8},
    {"a continuation byte alone", TEXT("[\"\x82\"]"), JSON_E_UTF8},
    {"above U+10FFFF", TEXT("[\"\xf4\xbf\xbf\xbf\"]"), JSON_E_UTF8},
    {"slash in two bytes", TEXT("[\"\xc0\xaf\"]"), JSON_E_UTF8},
    {"slash in six bytes", TEXT("[\"\xfc\x80\x80\x80\x80\xaf\"]"), JSON_E_UTF8},
    {"NUL in six bytes", TEXT("[\"\xfc\x80\x80\x80\x80\x80\"]"), JSON_E_UTF8},
    {"two of three bytes", TEXT("[\"\xe2\x82\"]"), JSON_E_UTF8},
    {"good and bad bytes mixed", TEXT("[\"\xe2\x82\xac\xff\x82\"]"), JSON_E_UTF8},
    {"surrogate as bytes", TEXT("[\"\xed\xa0\xbd\"]"), JSON_E_UTF8},
    {"UTF-16, high byte first", TEXT("\0[\0\"\0y\0\"\0]"), JSON_E_SYNTAX},
    {"UTF-16, low byte first", TEXT("[\0\"\0y\0\"\0]\0"), JSON_E_SYNTAX},
    {"UTF-16 with its mark", TEXT("\xff\xfe[\0\"\0y\0\"\0]\0"), JSON_E_UTF8},
    {"byte order mark before an object", TEXT("\xef\xbb\xbf{}"), JSON_E_SYNTAX},
};

/* One more pinned answer is made in test_deep(): 500 arrays, well closed. */

static unsigned long counted_accepted, counted_rejected, pinned_accepted, pinned_rejected;

static void
expect_case(const struct json_case *c, unsigned long *ok, unsigned long *not_ok)
{
	size_t offset = SIZE_MAX;
	enum json_error e = json_check(c->text, &offset);

	if (e != c->error)
		printf("%s: %s at %zu, expected %s\n", c->what, json_error_code(e), offset,
		       json_error_code(c->error));
	EXPECT(e == c->error);
	EXPECT(offset <= c->text.len);
	if (e == JSON_OK)
		EXPECT(offset == c->text.len);
	++*(e == JSON_OK ? ok : not_ok);
}

static void
test_accepted(void)
{
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
		expect_case(&accepted[i], &counted_accepted, &counted_rejected);
}

static void
test_rejected(void)
{
	for (size_t i = 0; i < sizeof rejected / sizeof rejected[0]; i++)
		expect_case(&rejected[i], &counted_accepted, &counted_rejected);
}

static void
test_pinned(void)
{
	for (size_t i = 0; i < sizeof pinned / sizeof pinned[0]; i++)
		expect_case(&pinned[i], &pinned_accepted, &pinned_rejected);
}

/* A text of n times head and then n times tail. */
static struct span
repeat(const char *head, const char *tail, size_t n)
{
	size_t h = strlen(head), t = strlen(tail);
	char *text = malloc(n * (h + t) + 1);

	EXPECT(text != NULL);
	for (size_t i = 0; i < n; i++) {
		memcpy(text + i * h, head, h + 1);
		memcpy(text + n * h + i * t, tail, t);
	}
	return (struct span){text, n * (h + t)};
}

static void
test_deep(void)
{
	struct json_case cases[] = {
	    {"100,000 opening brackets", repeat("[", "", 100000), JSON_E_DEPTH},
	    {"50,000 arrays of objects, all open", repeat("[{\"\":", "", 50000), JSON_E_DEPTH},
	    {"500 arrays, well closed", repeat("[", "]", 500), JSON_E_DEPTH},
	};

	expect_case(&cases[0], &counted_accepted, &counted_rejected);
	expect_case(&cases[1], &counted_accepted, &counted_rejected);
	expect_case(&cases[2], &pinned_accepted, &pinned_rejected);
	for (size_t i = 0; i < 3; i++) {
		void *text;

		memcpy(&text, &cases[i].text.ptr, sizeof text);
		free(text);
	}
}

/* No case may be the double of another, and none may get lost. */
static void
test_counts(void)
{
	const struct json_case *all[] = {accepted, rejected, pinned};
	const size_t n[] = {sizeof accepted / sizeof accepted[0],
			    sizeof rejected / sizeof rejected[0], sizeof pinned / sizeof pinned[0]};

	for (size_t t = 0; t < 3; t++)
		for (size_t i = 0; i < n[t]; i++)
			for (size_t k = 0; k < i; k++) {
				if (span_equal(all[t][i].text, all[t][k].text) ||
				    strcmp(all[t][i].what, all[t][k].what) == 0)
					printf("the same: %s, %s\n", all[t][k].what,
					       all[t][i].what);
				EXPECT(!span_equal(all[t][i].text, all[t][k].text));
				EXPECT(strcmp(all[t][i].what, all[t][k].what) != 0);
			}
	printf("accepted %lu, rejected %lu, pinned %lu + %lu\n", counted_accepted, counted_rejected,
	       pinned_accepted, pinned_rejected);
	EXPECT(counted_accepted == ACCEPTED);
	EXPECT(counted_rejected == REJECTED);
	EXPECT(pinned_accepted == PINNED_ACCEPTED);
	EXPECT(pinned_rejected == PINNED_REJECTED);
}

int
main(void)
{
	RUN(test_accepted);
	RUN(test_rejected);
	RUN(test_pinned);
	RUN(test_deep);
	RUN(test_counts);
	return test_done();
}
