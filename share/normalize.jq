# normalize.jq: OKX's rows to normalized.order and normalized.position (record(5)).
#
# Input, made by normalize: {"order", "orderAt", "life", "open", "liqPx", "verdict"}: rows as OKX wrote them, or null; what was decided about them.
# Rows are strings throughout and stay strings: nothing here computes with a price or a size.

def text: if . == null or . == "" then null else . end;
def first_text: map(text) | map(select(. != null)) | .[0];

def state:
  {"live": "created", "partially_filled": "partially_filled", "filled": "filled",
   "canceled": "canceled", "mmp_canceled": "canceled", "order_failed": "failed"}[.] // .;

def order($at): {
  side,
  px: (.px | text),
  sz,
  state: (.state | state),
  avgFillPx: (.avgPx | text),
  accFillSz: (.accFillSz | text),
  fee: (.fee | text),
  feeCcy: (.feeCcy | text),
  ts: $at,
  ordType: (.ordType | text),
  tdMode: (.tdMode | text),
  posSide: (.posSide | text),
  reduceOnly: (.reduceOnly | text),
  category: (.category | text)
};

# the contract's fields first; after them those that tell which position was meant
def position: {
  lever: ([.life.lever, .open.lever, .order.lever] | first_text),
  mode: ([.life.mgnMode, .open.mgnMode, .order.tdMode] | first_text),
  liqPx: (if .open != null then .open.liqPx else [.life.triggerPx, .liqPx] | first_text end | text),
  posId: ([.life.posId, .open.posId] | first_text),
  posSide: ([.life.posSide, .open.posSide, .order.posSide] | first_text),
  direction: ([.life.direction] | first_text),
  closeTotalPos: ([.life.closeTotalPos] | first_text),
  realizedPnl: ([.life.realizedPnl, .open.realizedPnl] | first_text),
  liqPenalty: ([.life.liqPenalty, .open.liqPenalty] | first_text)
} + .verdict;

{order: (if .order == null then null else .orderAt as $at | .order | order($at) end), position: position}
