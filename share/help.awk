# help.awk: the summary that --help prints, out of an mdoc page: usage, one line of purpose, one line an option.
#
#     awk -f help.awk man/TOOL.1            the text
#     awk -f help.awk -v c=1 man/TOOL.1     the same as C source
#
# It knows the few mdoc macros that our SYNOPSIS and option lists use.

function words(line,    n, i, w, out, glue, m) {
	n = split(line, w, " ")
	out = ""
	glue = ""
	for (i = 1; i <= n; i++) {
		m = w[i]
		if (m == "Fl") { i++; out = out glue "-" w[i]; glue = " "; continue }
		if (m == "Nm") {
			if (i < n && w[i + 1] !~ /^[A-Z][a-z]$/) { i++; out = out glue w[i] } else out = out glue name
			glue = " "; continue
		}
		if (m == "Ns") { glue = ""; continue }
		if (m ~ /^(Ar|Ev|Pa|Cm|Ic|Li|Ql|Sy|Em|Va|Dq|Sq|Xr|Dv)$/) continue
		if (m == "Op") { out = out glue "["; glue = ""; op++; continue }
		if (m ~ /^[.,;:)]$/) glue = ""
		out = out glue w[i]
		glue = " "
	}
	while (op > 0) { out = out "]"; op-- }
	return out
}

function emit(s) { text = text s "\n" }

function flush_option(    s) {
	if (option == "") return
	s = purpose
	if (match(s, /\.( |$)/)) s = substr(s, 1, RSTART - 1)
	if (length(option) > 26) emit(sprintf("  %s\n  %26s %s", option, "", s))
	else emit(sprintf("  %-26s %s", option, s))
	option = purpose = ""
}

/^\.\\"/ { next }
/^\.Sh / { flush_option(); section = $2; next }
section == "NAME" && $1 == ".Nm" { name = $2; next }
section == "NAME" && $1 == ".Nd" { sub(/^\.Nd /, ""); description = $0; next }
section == "SYNOPSIS" {
	if ($1 == ".Nm") { usage[++usages] = name ($2 == "" ? "" : " " words(substr($0, 5))); next }
	if (substr($0, 1, 1) == ".") usage[usages] = usage[usages] " " words(substr($0, 2))
	else usage[usages] = usage[usages] " " $0
	next
}
section == "OPTIONS" {
	if ($1 == ".It") { flush_option(); option = words(substr($0, 5)); next }
	if ($1 == ".El") { flush_option(); next }
	if ($1 == ".Bl" || $1 == ".Pp" || option == "") next
	line = substr($0, 1, 1) == "." ? words(substr($0, 2)) : $0
	purpose = purpose (purpose == "" ? "" : " ") line
}
END {
	flush_option()
	options = text
	text = ""
	for (i = 1; i <= usages; i++) emit((i == 1 ? "usage: " : "       ") usage[i])
	emit("")
	emit(name ": " description)
	if (options != "") { emit(""); text = text options }
	emit("  --help                     print this summary")
	emit("  --version                  print the version")
	emit("")
	emit("The whole of it: man " name)
	if (!c) { printf "%s", text; exit }
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/\n/, "\\n\"\n    \"", text)
	print "#include \"tool.h\"\n"
	print "const char tool_name[] = \"" name "\";"
	print "const char tool_version[] = \"" version "\";"
	print "const char tool_help[] =\n    \"" text "\";"
}
