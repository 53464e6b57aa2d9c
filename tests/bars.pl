#!/usr/bin/perl
# bars.pl TRADES BARS: each bar of each interval in BARS against the trades in TRADES, added up anew. Its last version counts. Prices and sizes
# have at most two places, so that whole numbers of 64 bits do. Prints how many bars were compared and how many differ; status 1 if any does.
use strict;
use warnings;
my ($trades, $bars) = @ARGV;
my %width = ('1s' => 1, '1m' => 60, '5m' => 300, '15m' => 900, '1h' => 3600, '4h' => 14400, '1d' => 86400);
sub hundredths { $_[0] =~ /^(\d+)(?:\.(\d{1,2}))?$/ or die "$_[0] has more than two places\n"; return $1 * 100 + substr(($2 // '') . '00', 0, 2) }
sub text { # a whole number as a decimal without superfluous zeros
	my ($v, $places) = @_;
	my $t = sprintf('%0*d', $places + 1, $v);
	substr($t, -$places, 0) = '.';
	$t =~ s/\.?0+$//;
	return $t;
}
sub member { my ($line, $name) = @_; return $line =~ /"$name":"?([^",}]*)/ ? $1 : '' }
my (%bar, %seen);
open(my $in, '<', $trades) or die "$trades: $!\n";
while (my $line = <$in>) {
	next unless $line =~ /^\{"type":"trade"/;
	my ($symbol, $id, $ts) = map { member($line, $_) } qw(symbol tradeId ts);
	next if $seen{"$symbol $id"}++;
	my ($px, $sz, $buy) = (hundredths(member($line, 'px')), hundredths(member($line, 'sz')), member($line, 'side') eq 'buy');
	for my $i (keys %width) {
		my $b = $bar{"$symbol $i " . ($ts - $ts % ($width{$i} * 1000000))} //= {};
		$b->{open} = [$ts, $id, $px] if !$b->{open} || $ts < $b->{open}[0] || ($ts == $b->{open}[0] && $id < $b->{open}[1]);
		$b->{close} = [$ts, $id, $px] if !$b->{close} || $ts > $b->{close}[0] || ($ts == $b->{close}[0] && $id > $b->{close}[1]);
		$b->{high} = $px if !defined $b->{high} || $px > $b->{high};
		$b->{low} = $px if !defined $b->{low} || $px < $b->{low};
		$b->{n}++;
		$b->{v} += $sz;
		$b->{t} += $px * $sz;
		$b->{bv} += $buy ? $sz : 0;
		$b->{bt} += $buy ? $px * $sz : 0;
	}
}
my %last;
open($in, '<', $bars) or die "$bars: $!\n";
while (my $line = <$in>) {
	next unless $line =~ /^\{"type":"kline"/;
	my $key = join(' ', map { member($line, $_) } qw(symbol interval windowStart));
	die "$key: its version does not rise\n" if $last{$key} && member($line, 'version') <= member($last{$key}, 'version');
	$last{$key} = $line;
}
my $wrong = 0;
for my $key (sort keys %{{%bar, %last}}) {
	my ($b, $line) = ($bar{$key}, $last{$key});
	my $want = !$b ? 'no bar' : join(' ', map({ text($_, 2) } $b->{open}[2], $b->{high}, $b->{low}, $b->{close}[2], $b->{v}), text($b->{t}, 4), $b->{n},
		text($b->{bv}, 2), text($b->{bt}, 4), $b->{open}[1], $b->{close}[1]);
	my $got = !$line ? 'no bar' : join(' ', map { member($line, $_) } qw(open high low close volume turnover trades takerBuyVolume takerBuyTurnover firstTradeId lastTradeId));
	next if $want eq $got;
	print "$key:\n  got      $got\n  expected $want\n" if $wrong++ < 5;
}
printf("%d trades, %d bars compared, %d differ\n", scalar(keys %seen), scalar(keys %bar), $wrong);
exit($wrong || !%bar ? 1 : 0);
