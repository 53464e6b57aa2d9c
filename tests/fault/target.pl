#!/usr/bin/perl
# target.pl PORTFILE: an HTTP service on 127.0.0.1 that does what the file "mode" says, a word and its arguments, looked at for each request:
#
#   answer STATUS FILE    the file as the body        run STATUS COMMAND   the body through a shell command
#   cut FILE              half of the promised body   reset                the connection is closed, without an answer
#   silent                no answer at all            huge N               N bytes of a JSON string
#   raw FILE              the file's bytes as they are
#
# It keeps connections open, and writes each request to request.head and request.body and a line to requests.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1) or die "listen: $!";
put("$ARGV[0].new", $listener->sockport . "\n");
rename "$ARGV[0].new", $ARGV[0];
my $connections = 0;
while (my $c = $listener->accept) {
	$connections++;
	my $pid = fork;
	if (!$pid) { serve($c); exit 0 }
	close $c;
}

sub put { my ($name, $text) = @_; open(my $f, '>', $name) or die "$name: $!"; binmode $f; print $f $text; close $f }
sub get { my ($name) = @_; open(my $f, '<', $name) or die "$name: $!"; binmode $f; local $/; my $t = <$f>; return $t }

sub serve {
	my ($c) = @_;
	my $buffer = '';
	while (1) {
		while ($buffer !~ /\r\n\r\n/) { return unless sysread($c, $buffer, 65536, length $buffer) }
		my ($head, $rest) = split /\r\n\r\n/, $buffer, 2;
		my ($length) = $head =~ /^content-length: (\d+)/mi;
		while (length $rest < $length) { return unless sysread($c, $rest, 65536, length $rest) }
		$buffer = substr $rest, $length;
		put('request.head', $head);
		put('request.body', substr $rest, 0, $length);
		open(my $log, '>>', 'requests') or die;
		print $log "connection $connections\n";
		close $log;
		answer($c) or return;
	}
}

sub answer {
	my ($c) = @_;
	my ($mode, $arguments) = split ' ', get('mode'), 2;
	$arguments //= '';
	chomp $arguments;
	if ($mode eq 'silent') { sleep 30; return 0 }
	if ($mode eq 'reset') { setsockopt($c, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)); return 0 }
	if ($mode eq 'raw') { syswrite $c, get($arguments); return 0 }
	my ($status, $body) = (200, '');
	if ($mode eq 'cut') { $body = get($arguments) }
	elsif ($mode eq 'huge') { $body = '"' . ('x' x $arguments) . '"' }
	else {
		($status, my $what) = split ' ', $arguments, 2;
		$body = $mode eq 'answer' ? get($what) : `$what <request.body 2>>target.err`;
	}
	my $head = "HTTP/1.1 $status Said\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n";
	$body = substr $body, 0, length($body) / 2 if $mode eq 'cut';
	my $out = $head . $body;
	while (length $out) { my $n = syswrite($c, $out) or return 0; substr($out, 0, $n, '') }
	return $mode ne 'cut';
}
