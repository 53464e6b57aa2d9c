// The chart page: K-lines, trades and book of one symbol from /stream. What is shown is the text that came; numbers are made of it only to draw.
'use strict';

const $ = (id) => document.getElementById(id);
const order = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'];
const scheme = matchMedia('(prefers-color-scheme: dark)');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const choice = new URLSearchParams(location.hash.slice(1));

const bars = new Map(); // windowStart -> record, the newest version of each
const trades = new Map(); // tradeId -> record
const barsMax = 5000; // bars that are kept: an hour and more of seconds
let book = null, symbol = '', interval = '', newest = 0, source = null, synced = false, awaited = 0, retry = 0;

// As many places as any price, and any size, had: figures that stand below one another end alike.
const places = { px: 0, sz: 0 };
function note(kind, ...texts) {
	for (const s of texts) places[kind] = Math.max(places[kind], s.includes('.') ? s.length - 1 - s.indexOf('.') : 0);
}
function padded(kind, text) {
	const missing = places[kind] - (text.includes('.') ? text.length - 1 - text.indexOf('.') : 0);
	return missing <= 0 ? text : `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(missing)}`;
}

// ---- the chart ------------------------------------------------------------------------------------------------------------------

const chart = LightweightCharts.createChart($('chart'), {
	autoSize: true,
	layout: { attributionLogo: false, fontFamily: 'system-ui, sans-serif' },
	timeScale: { timeVisible: true, rightOffset: 3 },
	localization: { locale: 'en-GB' },
});
const candles = chart.addSeries(LightweightCharts.CandlestickSeries, {});
const volume = chart.addSeries(LightweightCharts.HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false });
candles.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.26 } });
chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });

const faint = (c) => c + '80';
const time = (r) => Math.floor(r.windowStart / 1e6);
const candle = (r) => ({ time: time(r), open: Number(r.open), high: Number(r.high), low: Number(r.low), close: Number(r.close) });
const column = (r) => ({ time: time(r), value: Number(r.volume), color: faint(colour(Number(r.close) < Number(r.open) ? '--down' : '--up')) });
const hasPrices = (r) => r.open !== null;

function paint() {
	const text = colour('--text'), line = colour('--line'), up = colour('--up'), down = colour('--down');
	chart.applyOptions({
		layout: { background: { color: colour('--ground') }, textColor: text },
		grid: { vertLines: { color: line }, horzLines: { color: line } },
		rightPriceScale: { borderColor: line },
		timeScale: { borderColor: line, secondsVisible: interval.endsWith('s') },
	});
	candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false });
	drawAll();
}

// The price axis shows as many places as the prices have.
let axis = -1;
function precision() {
	if (axis === places.px) return;
	axis = places.px;
	candles.applyOptions({ priceFormat: { type: 'price', precision: axis, minMove: 10 ** -axis } });
}

function drawAll() {
	const list = [...bars.values()].filter(hasPrices).sort((a, b) => a.windowStart - b.windowStart);
	precision();
	candles.setData(list.map(candle));
	volume.setData(list.map(column));
	newest = list.length ? list.at(-1).windowStart : 0;
	$('empty').hidden = list.length > 0;
	legend(null);
}

function drawBar(r, isNew) {
	// one whose trades are all cancelled goes, one of a hole comes between; from time to time the oldest are let go
	if (!hasPrices(r) || (isNew && r.windowStart < newest)) return drawAll();
	if (bars.size > barsMax + 1000) {
		for (const start of [...bars.keys()].sort((a, b) => a - b).slice(0, -barsMax)) bars.delete(start);
		return drawAll();
	}
	const old = r.windowStart < newest;
	precision();
	candles.update(candle(r), old);
	volume.update(column(r), old);
	newest = Math.max(newest, r.windowStart);
	$('empty').hidden = true;
	legend(null);
}

function element(name, text, kind) {
	const e = document.createElement(name);
	e.textContent = text;
	if (kind) e.className = kind;
	return e;
}

// Open, high, low, close and volume of the bar under the cross, or the last.
function legend(at) {
	const r = bars.get(at ?? newest), parts = [];
	if (r && hasPrices(r)) {
		for (const [name, value] of [['O', r.open], ['H', r.high], ['L', r.low], ['C', r.close], ['V', r.volume]]) parts.push(`${name} `, element('b', name === 'V' ? value : padded('px', value)), '  ');
		if (!r.closed) parts.push('open');
		else if (r.version > 1) parts.push(`version ${r.version}`);
	}
	$('legend').replaceChildren(...parts);
	const last = bars.get(newest);
	if (last && hasPrices(last)) price(padded('px', last.close), Number(last.close) < Number(last.open) ? 'down' : 'up');
}

function price(text, kind) {
	$('price').textContent = text;
	$('price').className = kind;
	document.title = `${text} ${symbol}`;
}

chart.subscribeCrosshairMove((at) => legend(at.time === undefined ? null : at.time * 1e6));
scheme.addEventListener('change', paint);

// ---- trades and book ------------------------------------------------------------------------------------------------------------

function drawTrades() {
	const list = [...trades.values()].slice(-50).reverse();
	$('trades-box').hidden = list.length === 0;
	for (const t of list) note('px', t.px), note('sz', t.sz);
	$('trades').replaceChildren(...list.map((t) => {
		const row = element('tr', '');
		row.append(element('td', padded('px', t.px), t.side === 'sell' ? 'down' : t.side === 'buy' ? 'up' : ''), element('td', padded('sz', t.sz)), element('td', new Date(t.ts / 1000).toISOString().slice(11, 19)));
		return row;
	}));
}

function level([px, sz], kind) {
	const row = element('tr', '');
	row.append(element('td', padded('px', px), kind), element('td', padded('sz', sz)));
	return row;
}

function drawBook() {
	$('book-box').hidden = book === null;
	if (!book) return;
	const asks = book.asks.slice(0, 7), bids = book.bids.slice(0, 7);
	for (const [px, sz] of [...asks, ...bids]) note('px', px), note('sz', sz);
	$('asks').replaceChildren(...asks.reverse().map((l) => level(l, 'down')));
	$('bids').replaceChildren(...bids.map((l) => level(l, 'up')));
	const row = element('tr', ''), cell = element('td', book.asks.length && book.bids.length ? `${padded('px', book.bids[0][0])} / ${padded('px', book.asks[0][0])}` : 'one-sided');
	cell.colSpan = 2;
	row.append(cell);
	$('spread').replaceChildren(row);
}

// ---- the stream -----------------------------------------------------------------------------------------------------------------

let frame = 0;
const dirty = new Set();
function later(what) {
	dirty.add(what);
	frame ||= requestAnimationFrame(() => {
		frame = 0;
		if (dirty.has('trades')) drawTrades();
		if (dirty.has('book')) drawBook();
		dirty.clear();
	});
}

function take(r) {
	if (r.symbol !== symbol) return;
	if (r.type === 'kline' && r.interval === interval) {
		const old = bars.get(r.windowStart);
		if (old && old.version > r.version) return;
		bars.set(r.windowStart, r);
		note('px', ...[r.open, r.high, r.low, r.close].filter((s) => s !== null));
		if (synced) drawBar(r, !old);
	} else if (r.type === 'trade') {
		trades.set(r.tradeId, r);
		if (trades.size > 200) trades.delete(trades.keys().next().value);
		later('trades');
	} else if (r.type === 'book') {
		book = r;
		later('book');
	}
}

function say(text, kind) {
	$('state').textContent = text;
	$('state').className = kind;
}

function hear(event) {
	const m = JSON.parse(event.data);
	if (m.data) {
		for (const r of m.data) take(r);
	} else if (m.event === 'skipped' || m.event === 'reset') {
		// a snapshot follows; what was shown may have changed meanwhile
		synced = false;
		bars.clear();
		trades.clear();
		book = null;
	} else if (m.event === 'synced') {
		const first = !synced;
		synced = true;
		if (first) {
			drawAll();
			if (fit) chart.timeScale().setVisibleLogicalRange({ from: bars.size - Math.floor($('chart').clientWidth / 9), to: bars.size + 3 });
			fit = false;
		}
		say('live', 'live');
		clearTimeout(awaited);
	}
	retry = 0;
	if (event.lastEventId) resumeAt = event.lastEventId;
}

let resumeAt = '', fit = true;
function connect() {
	source?.close();
	const query = new URLSearchParams({ symbol, interval, with: 'trades,book' });
	if (resumeAt) query.set('since', resumeAt);
	source = new EventSource(`stream?${query}`);
	source.onmessage = hear;
	// The browser comes back by itself with Last-Event-ID, but not after an answer that is an error.
	source.onerror = () => {
		say('connection lost, trying again', 'lost');
		if (source.readyState !== EventSource.CLOSED) return;
		clearTimeout(awaited);
		awaited = setTimeout(connect, Math.min(30000, 1000 * 2 ** retry++) * (0.75 + Math.random() / 2));
	};
}

function show() {
	bars.clear();
	trades.clear();
	book = null;
	places.px = places.sz = 0;
	resumeAt = '';
	synced = false;
	fit = true;
	newest = 0;
	$('price').textContent = '–';
	drawTrades();
	drawBook();
	paint();
	say('connecting', '');
	history.replaceState(null, '', `#symbol=${symbol}&interval=${interval}`);
	connect();
}

// ---- what there is --------------------------------------------------------------------------------------------------------------

const rank = (i) => { const n = order.indexOf(i); return n < 0 ? order.length : n; };

function offerIntervals(all) {
	$('intervals').replaceChildren(...all.map((i) => {
		const label = element('label', ''), input = element('input', '');
		Object.assign(input, { type: 'radio', name: 'interval', value: i, checked: i === interval });
		input.addEventListener('change', () => { interval = i; show(); });
		label.append(input, i);
		return label;
	}));
}

async function start() {
	try {
		const answer = await fetch('topics');
		if (!answer.ok) throw new Error(String(answer.status));
		const { topics } = await answer.json();
		const symbols = [...new Set(topics.map((t) => t.instId))].sort();
		const intervals = [...new Set(topics.filter((t) => t.channel.startsWith('kline')).map((t) => t.channel.slice(5)))].sort((a, b) => rank(a) - rank(b));
		if (symbols.length === 0 || intervals.length === 0) throw new Error('nothing yet');
		symbol = symbols.includes(choice.get('symbol')) ? choice.get('symbol') : symbols[0];
		interval = intervals.includes(choice.get('interval')) ? choice.get('interval') : intervals.includes('1m') ? '1m' : intervals[0];
		$('symbol').replaceChildren(...symbols.map((s) => Object.assign(element('option', s), { value: s, selected: s === symbol })));
		$('symbol').onchange = () => { symbol = $('symbol').value; show(); };
		offerIntervals(intervals);
		show();
	} catch {
		say('no stream yet, trying again', 'lost');
		setTimeout(start, 2000);
	}
}
start();
