/*
 * page: the form, the drop zone and the result. What is true of a bundle, check.js says; here it is put into words.
 *
 * Nothing is stored: no cookie, no localStorage, no history entry. Keys go into the body of one request, and the fields are emptied as
 * it leaves. All text enters the document as text, never as markup.
 */
'use strict';

(function () {
	const check = globalThis.tradepipeCheck;
	const LIMIT_FILE_BYTES = 64 << 20;
	const LIMIT_SHOWN = 50;
	const TIMEOUT_MS = 120000;
	const offline = location.protocol === 'file:';

	// ---- words -----------------------------------------------------------------------------------------------------------------

	const words = {
		en: {
			title: 'Order verifier',
			lead: 'Was an OKX position liquidated? See the answer, and check its evidence here in your browser.',
			verifyTitle: 'Verify an order', instId: 'Instrument', ordId: 'Order ID', keys: 'Read-only API key', inline: 'Enter once', alias: 'Saved, by name',
			apiKey: 'API key', secretKey: 'Secret key', passphrase: 'Passphrase', uid: 'UID', optional: 'optional', keyAlias: 'Name of the saved key',
			verify: 'Verify', privacy: 'The key goes to this service once, for this order. The page keeps nothing and empties these fields as it sends.',
			checkerTitle: 'Check evidence', checkerNote: 'Everything is recomputed on this device. Nothing is uploaded.',
			offline: 'This page was opened from a file: it checks evidence, offline. To verify an order, open it from the service.',
			choose: 'Choose a file', dropNote: 'or drop it here: bundle, proof, .root file',
			evidenceId: 'Evidence ID', open: 'Open', pasteTitle: 'Paste text instead', pasteLabel: 'Bundle or proof, as JSON', check: 'Check',
			trustedRoot: 'Root that you trust', rootNote: 'From a .root file, a chain or a letter. Without it, evidence is only consistent with itself.',
			results: 'Result',
			limits: 'A bundle shows what was received from OKX over TLS. OKX signs nothing, so it cannot show that OKX sent it: anybody with a read-only key of the account can ask again and compare.',

			required: 'Please fill this in.', badInst: 'Letters, digits and hyphens, such as BTC-USDT-SWAP.', badDigits: 'Digits only.',
			badId: 'An ID has the form evi_20251104_66581ec2adfcb028.', badRoot: '0x and 64 digits 0-9, a-f.',
			working: 'Asking OKX through the service. This can take half a minute.', opening: 'Opening the evidence.', checking: 'Checking.',
			noService: 'The service did not answer.', noServiceHint: 'Check the connection and try again. The key was cleared: enter it again.',
			timedOut: 'The service did not answer in time.', notJson: 'The service answered with HTTP {0}, and not with a record.',
			notFound: 'There is no evidence with this ID.', otherBundle: 'The service sent another bundle than the one asked for.', otherOrder: 'The service answered for another order than the one asked for.',
			tooLarge: 'The file is too large.', unreadable: 'The file could not be read.',

			liquidated: 'Liquidated', yes: 'Yes', no: 'No', unknown: 'Unknown', liquidatedQ: 'Was the position liquidated?',
			when: 'When', sure: 'How sure', position: 'Position', order: 'Order', liqPx: 'Liquidation price', verifiedAt: 'Verified', asked: 'Asked',
			notKnown: 'not known', localTime: '{0} your time', source: 'time from {0}', orderFilled: '{0} {1}, average {2}',
			sources: 'What each ledger says', agrees: 'agrees', disagrees: 'does not confirm', says: 'no answer to compare with', warnings: 'Remarks',
			hostOther: 'Not OKX’s own site: {0}', simulated: 'Demo trading', redactedAnswer: 'The answer was taken out of this bundle (redacted).',
			noAnswer: 'This bundle holds no answer.', badAnswer: 'The answer is not shown: its evidence does not hold.',
			error: 'Error', hint: 'What to do', perf: 'Timing', perfNote: 'Not covered by the evidence.',

			goodTitle: 'Evidence intact', goodText: 'Every value was hashed again here and leads to the root.', goodRoot: 'Every value was hashed again here and leads to the root that you trust.',
			proofGood: 'Proof holds', proofGoodText: 'This one value is in the tree under the root.',
			badTitle: 'Evidence does not hold', badAt: 'Where: {0}', unsureTitle: 'Cannot tell',
			trimmed: 'What is here fits the root, but {0} of {1} values are missing.', unsealed: 'This record is not sealed: there is no evidence to check.',
			emptyProof: 'This proof names no leaf.', unreadableJson: 'This is not a readable record: {0}.', twice: '“{0}” stands twice',
			manyTitle: '{0} records', manyText: '{0} intact, {1} not, {2} cannot tell', record: 'Record {0}',
			checked: 'Checked here', notChecked: 'Not checked', evidence: 'Evidence', showEvidence: 'Open evidence', hideEvidence: 'Close evidence',
			save: 'Save bundle', fetchFull: 'Open the full bundle', leaves: 'Values and their hashes', ids: 'Fingerprints',
			open_: 'open', salted: 'open, salted', redacted: 'redacted', missing: 'missing', changed: 'does not fit', manifest: 'number and labels of all values',
			more: '{0} more are not shown.', provenValue: 'The value that is proven', malformed: 'The evidence object is malformed: {0}',
		},
		zh: {
			title: '订单验证器',
			lead: 'OKX 仓位是否被强平？在此查看结论，并在浏览器中亲自核对证据。',
			verifyTitle: '验证订单', instId: '交易品种', ordId: '订单号', keys: '只读 API 密钥', inline: '一次性输入', alias: '使用已存密钥',
			apiKey: 'API Key', secretKey: 'Secret Key', passphrase: '口令 (Passphrase)', uid: 'UID', optional: '可不填', keyAlias: '已存密钥的名称',
			verify: '验证', privacy: '密钥只为这一个订单发送给本服务一次。本页不保存任何内容，发送时立即清空这些输入框。',
			checkerTitle: '核对证据', checkerNote: '全部在本机重新计算，不上传任何内容。',
			offline: '本页是从文件打开的：可离线核对证据。要验证订单，请从服务地址打开。',
			choose: '选择文件', dropNote: '或拖放到这里：证据包、证明、.root 文件',
			evidenceId: '证据编号', open: '打开', pasteTitle: '改为粘贴文本', pasteLabel: '证据包或证明（JSON）', check: '核对',
			trustedRoot: '您信任的根', rootNote: '来自 .root 文件、区块链或书面材料。若不填，只能说明证据自身前后一致。',
			results: '结果',
			limits: '证据包说明通过 TLS 从 OKX 收到了什么。OKX 不对数据签名，因此不能证明数据由 OKX 发出；持有该账户只读密钥的任何人都可以重新查询并对比。',

			required: '请填写此项。', badInst: '只能用字母、数字和连字符，例如 BTC-USDT-SWAP。', badDigits: '只能是数字。',
			badId: '编号的格式为 evi_20251104_66581ec2adfcb028。', badRoot: '0x 加 64 位 0-9、a-f。',
			working: '正在通过服务查询 OKX，最长可能需要半分钟。', opening: '正在打开证据。', checking: '正在核对。',
			noService: '服务没有应答。', noServiceHint: '请检查网络后重试。密钥已清空，需要重新输入。',
			timedOut: '服务未在限定时间内应答。', notJson: '服务返回了 HTTP {0}，但不是一条记录。',
			notFound: '没有这个编号的证据。', otherBundle: '服务返回的不是所请求的证据包。', otherOrder: '服务返回的不是所查询的订单。',
			tooLarge: '文件过大。', unreadable: '无法读取文件。',

			liquidated: '强平', yes: '是', no: '否', unknown: '无法判定', liquidatedQ: '仓位是否被强平？',
			when: '时间', sure: '可信程度', position: '仓位', order: '订单', liqPx: '强平价格', verifiedAt: '验证时间', asked: '查询对象',
			notKnown: '未知', localTime: '本地时间 {0}', source: '时间取自{0}', orderFilled: '{0} {1}，均价 {2}',
			sources: '各账本怎么说', agrees: '一致', disagrees: '未能印证', says: '无结论可比', warnings: '备注',
			hostOther: '不是 OKX 官方站点：{0}', simulated: '模拟盘', redactedAnswer: '结论已从此证据包中遮盖。',
			noAnswer: '此证据包不含结论。', badAnswer: '证据不成立，因此不显示结论。',
			error: '错误', hint: '处理建议', perf: '耗时', perfNote: '不在证据覆盖范围内。',

			goodTitle: '证据完好', goodText: '每个值都已在本机重新计算哈希，并汇聚到根。', goodRoot: '每个值都已在本机重新计算哈希，并汇聚到您信任的根。',
			proofGood: '证明成立', proofGoodText: '这一个值确实在该根之下的树中。',
			badTitle: '证据不成立', badAt: '位置：{0}', unsureTitle: '无法判定',
			trimmed: '现有内容与根相符，但 {1} 个值中缺少 {0} 个。', unsealed: '此记录未封存，没有可核对的证据。',
			emptyProof: '此证明没有指明任何叶子。', unreadableJson: '这不是可读取的记录：{0}。', twice: '“{0}”出现了两次',
			manyTitle: '{0} 条记录', manyText: '{0} 条完好，{1} 条不成立，{2} 条无法判定', record: '第 {0} 条记录',
			checked: '已在本机核对', notChecked: '未核对', evidence: '证据', showEvidence: '展开证据', hideEvidence: '收起证据',
			save: '保存证据包', fetchFull: '打开完整证据包', leaves: '各个值及其哈希', ids: '指纹',
			open_: '公开', salted: '公开，加盐', redacted: '已遮盖', missing: '缺失', changed: '不相符', manifest: '所有值的数量与名称',
			more: '另有 {0} 条未显示。', provenValue: '被证明的值', malformed: '证据对象格式不正确：{0}',
		},
	};

	// Each table: key of the record, English, Chinese.
	const table = (rows) => Object.fromEntries(rows.map(([name, en, zh]) => [name, {en, zh}]));

	const reasons = table([
		['forced-liquidation', 'OKX closed the position by forced liquidation.', 'OKX 强制平掉了仓位。'],
		['forced-liquidation/full', 'OKX closed the whole position by forced liquidation.', 'OKX 强制平掉了全部仓位。'],
		['forced-liquidation/partial', 'OKX closed part of the position by forced liquidation.', 'OKX 强制平掉了部分仓位。'],
		['adl', 'The position was closed by auto-deleveraging (ADL). That is not a liquidation of this account.', '仓位因自动减仓（ADL）被平，不属于本账户的强平。'],
		['adl/still-open', 'Part of the position was closed by auto-deleveraging (ADL); it is still open and was not liquidated.', '部分仓位因自动减仓（ADL）被平；仓位仍未平，没有被强平。'],
		['user', 'The position was closed by the user’s own order.', '仓位由用户自己的订单平掉。'],
		['trigger', 'The position was closed by the user’s own trigger order.', '仓位由用户自己的计划委托平掉。'],
		['tp-sl', 'The position was closed by the user’s own take-profit or stop-loss.', '仓位由用户自己的止盈止损委托平掉。'],
		['trailing-stop', 'The position was closed by the user’s own trailing stop.', '仓位由用户自己的移动止盈止损委托平掉。'],
		['chase', 'The position was closed by the user’s own chase order.', '仓位由用户自己的追逐限价委托平掉。'],
		['algo', 'The position was closed by the user’s own algo order.', '仓位由用户自己的策略委托平掉。'],
		['spot-no-position', 'A spot order: there is no position that could be liquidated.', '现货订单：没有可被强平的仓位。'],
		['never-filled', 'The order was canceled and never filled: it opened no position.', '订单未成交即被撤销，没有形成仓位。'],
		['still-open', 'The position is still open, and no ledger shows a liquidation.', '仓位仍未平，各账本均无强平记录。'],
		['delivery', 'The position was closed by delivery or exercise.', '仓位因交割或行权了结。'],
		['forced-repayment', 'The position was closed by forced repayment.', '仓位因强制还币被平。'],
		['block-trade', 'The position was closed by a block trade.', '仓位由大宗交易平掉。'],
		['move-position', 'The position was moved to another account.', '仓位被划转到另一账户。'],
		['auto-conversion', 'The position was closed by automatic conversion.', '仓位因自动换币被平。'],
		['retention', 'The order is older than three months: OKX no longer keeps what would tell.', '订单已超过三个月，OKX 不再保留可供判定的记录。'],
		['incomplete', 'The ledgers are incomplete, so nothing is claimed.', '账本记录不完整，因此不作结论。'],
		['ambiguous', 'More than one position fits the order, so nothing is claimed.', '有不止一个仓位与该订单相符，因此不作结论。'],
		['conflict', 'OKX’s ledgers contradict each other, so nothing is claimed.', 'OKX 各账本相互矛盾，因此不作结论。'],
		['unknown-code', 'A closing fill carries a code that is not known, so nothing is claimed.', '有一笔平仓成交带有未知代码，因此不作结论。'],
		['not-filled', 'The order has not filled yet: there is no position.', '订单尚未成交，还没有仓位。'],
		['unknown', 'The ledgers do not tell why.', '账本没有说明原因。'],
	]);
	const closes = table([
		['manual', 'The rest was closed by the user.', '其余部分由用户平仓。'], ['adl', 'The rest was closed by auto-deleveraging.', '其余部分因自动减仓被平。'],
		['delivery', 'The rest ended by delivery or exercise.', '其余部分因交割或行权了结。'], ['liquidation', 'The rest was liquidated as well.', '其余部分也被强平。'],
		['forced-repayment', 'The rest was closed by forced repayment.', '其余部分因强制还币被平。'], ['block-trade', 'The rest was closed by a block trade.', '其余部分由大宗交易平掉。'],
		['move-position', 'The rest was moved to another account.', '其余部分被划转到另一账户。'], ['auto-conversion', 'The rest was closed by automatic conversion.', '其余部分因自动换币被平。'],
		['open', 'The rest is still open.', '其余部分仍未平。'],
	]);
	const confidences = table([
		['proven', 'Proven: ledgers confirm each other', '已证实：账本相互印证'], ['single-source', 'One ledger only', '仅一个账本'], ['none', 'No answer can be given', '无法给出结论'],
	]);
	const ledgers = table([
		['order', 'the order', '订单'], ['positions', 'open positions', '当前持仓'], ['positions-history', 'closed positions', '历史持仓'], ['fills', 'fills', '成交明细'],
		['bills', 'bills', '账单流水'], ['orders', 'order history', '历史订单'], ['uTime', 'the position’s last update', '仓位更新时间'],
	]);
	const terms = table([
		['isolated', 'isolated', '逐仓'], ['cross', 'cross', '全仓'], ['cash', 'spot', '现货'], ['long', 'long', '多'], ['short', 'short', '空'], ['net', 'net', '净'], ['buy', 'buy', '买入'],
		['sell', 'sell', '卖出'], ['created', 'live', '未成交'], ['partially_filled', 'partly filled', '部分成交'], ['filled', 'filled', '已成交'], ['canceled', 'canceled', '已撤销'],
		['failed', 'failed', '失败'],
	]);
	const errors = table([
		['AUTH_ERROR', 'OKX did not accept the key.', 'OKX 不接受该密钥。'], ['NOT_FOUND', 'OKX does not know this order.', 'OKX 查不到该订单。'],
		['RATE_LIMIT', 'Too many requests.', '请求过于频繁。'], ['REMOTE_4XX', 'OKX refused the request.', 'OKX 拒绝了请求。'], ['REMOTE_5XX', 'OKX has a problem of its own.', 'OKX 方面出现故障。'],
		['TIMEOUT', 'OKX did not answer in time.', 'OKX 未及时应答。'], ['NETWORK', 'OKX could not be reached.', '无法连接 OKX。'], ['BAD_REQUEST', 'The request is not complete or not right.', '请求不完整或有误。'],
		['INTERNAL', 'The service has a problem of its own.', '服务自身出现故障。'],
	]);
	const timings = table([
		['totalMs', 'Total', '总耗时'], ['okxRttMs', 'With OKX', '与 OKX 往返'], ['waitMs', 'Waiting for rate limits', '等待限频'], ['cache', 'From cache', '来自缓存'],
		['rateLimit', 'Rate limit left', '剩余限额'], ['clockSkewMs', 'Clock difference', '时钟偏差'], ['attempts', 'Requests', '请求次数'],
	]);

	// merkle-verify's sentences. Its one-word faults name a member of the evidence object.
	const sentences = table([
		['coverage', 'Every value has its hash, and every hash its place', '每个值都有哈希，每个哈希都有位置'],
		['leaves', 'Every open value still has the hash it was sealed with', '每个公开的值的哈希都与封存时一致'],
		['bundleHash', 'The bundle hash follows from the content', '证据包哈希与内容相符'],
		['manifest', 'Number and names of the values are as sealed', '值的数量与名称与封存时一致'],
		['root', 'All hashes lead to the root', '所有哈希汇聚到根'],
		['expected root', 'The root is the one that you trust', '根与您信任的一致'],
		['evidenceId', 'The evidence ID follows from date and root', '证据编号与日期和根相符'],
		['bodySha256', 'OKX’s replies that are here are byte for byte as received', '此处的 OKX 应答与收到时逐字节一致'],
		['parentRoot', 'The bundle follows the one before it', '与前一个证据包相连'],
		['leaf', 'The value is in the tree', '该值在树中'],
		['manifest of a proof', 'The list of contents is in the tree: how many values there are', '清单在树中：说明共有多少个值'],
		['the verdict', 'Whether the answer follows from OKX’s replies: normalize decides that', '结论是否由 OKX 的应答得出：由 normalize 判定'],
		['the rest', 'What comes after the first difference', '第一处差异之后的内容'],
		['origin of the root: compare it with one that you trust (--root)', 'Where the root comes from: enter one that you trust to compare', '根的来源：请填入您信任的根进行对比'],
		['parentRoot: see --chain', 'The bundle before this one (merkle-verify --chain does)', '与前一证据包的衔接（用 merkle-verify --chain 核对）'],
		['parentRoot: no record before this one', 'The bundle before this one', '与前一证据包的衔接'],
		['bundleHash: values are missing from the record', 'The bundle hash: values are missing', '证据包哈希：有值缺失'],
		['bodySha256: an entry without one', 'Byte for byte: a reply without its SHA-256', '逐字节一致：有应答未附 SHA-256'],
		['bodySha256: a body whose white space was not kept', 'Byte for byte: a reply whose white space was not kept (its values are checked)', '逐字节一致：有应答未保留空白（其中的值已核对）'],
		['redacted values', 'What stood in redacted places', '遮盖之处的原文'],
		['everything: the record is not sealed', 'Everything: the record is not sealed', '全部：记录未封存'],
		['everything: no leaf and no manifest', 'Everything: no leaf and no manifest', '全部：没有叶子也没有清单'],
		['the rest of the bundle: a proof shows one leaf', 'The rest of the bundle: a proof shows one value', '证据包的其余部分：证明只说明一个值'],
		['a value is covered by no leaf', 'A value is covered by no hash: it was added', '有一个值没有哈希覆盖：它是后加的'],
		['a redacted leaf still has its salt', 'A redacted place still has its salt', '遮盖之处仍留有盐'],
		['a redacted value names another hash than its leaf', 'A redacted place names another hash than was sealed', '遮盖之处写的哈希与封存的不同'],
		['a value was changed: its leaf has another hash', 'A value was changed: it has another hash than when it was sealed', '有一个值被改动：其哈希与封存时不同'],
		['bundleHash is that of another record', 'The bundle hash is that of another record', '证据包哈希属于另一条记录'],
		['the manifest binds other leaves', 'Values were added, taken away or renamed', '有值被增加、删去或改名'],
		['the leaves lead to another root', 'The hashes lead to another root', '哈希汇聚到另一个根'],
		['the root is not the expected one', 'The root is not the one that you trust', '根与您信任的不一致'],
		['evidenceId does not follow from verifiedAt and root', 'The evidence ID does not follow from date and root', '证据编号与日期和根不符'],
		['evidenceId does not follow from root', 'The evidence ID does not follow from the root', '证据编号与根不符'],
		['bodySha256 is no SHA-256', 'The SHA-256 of a reply is malformed', '某个应答的 SHA-256 格式不正确'],
		['the body cannot be put together again', 'A reply of OKX cannot be put together again', 'OKX 的某个应答无法还原'],
		['the body has another SHA-256 than when it was received', 'A reply of OKX is not as it was received', 'OKX 的某个应答与收到时不同'],
		['parentRoot is not the root of the record before', 'The bundle does not follow the one before it', '与前一证据包不衔接'],
		['meta, normalized, raw and error must be objects, and meta must be there', 'meta, normalized, raw and error must be objects, and meta must be there', 'meta、normalized、raw、error 必须是对象，且必须有 meta'],
		['a name stands twice in normalized or raw', 'A name stands twice in normalized or raw', 'normalized 或 raw 中有名称出现两次'],
		['a value has the form of a redacted one', 'A value poses as a redacted one', '有一个值冒充遮盖之处'],
		['a number that binary64 cannot hold; send it as a string', 'A number has more digits than its canonical form can hold', '有一个数字超出规范形式可表示的精度'],
		['a name stands twice in one object', 'A name stands twice in one object', '同一对象中有名称出现两次'],
		['record too large', 'The record is too large', '记录过大'],
		['a member stands twice in the proof', 'A member stands twice in the proof', '证明中有成员出现两次'],
		['path, salt, value and proof are needed', 'The proof is incomplete', '证明不完整'],
		['the proof is no list of hashes', 'The proof is no list of hashes', '证明不是一组哈希'],
		['the value has no canonical form', 'The value has no canonical form', '该值没有规范形式'],
		['valueHash or hash is that of another value', 'The hashes in the proof are those of another value', '证明中的哈希属于另一个值'],
		['the proof leads to another root', 'The proof leads to another root: the value is not what was sealed', '证明通向另一个根：该值不是被封存的值'],
		['the manifest stands under another path', 'The manifest stands under another name', '清单的名称不对'],
		['no JSON value', 'it is empty', '内容为空'], ['the text ends inside a value', 'the text is cut off', '文本不完整'], ['unexpected byte', 'it is not JSON', '不是 JSON'],
		['malformed number', 'a malformed number', '数字格式不正确'], ['malformed escape', 'a malformed escape', '转义格式不正确'], ['half a surrogate pair', 'half a surrogate pair', '代理对缺半'],
		['not UTF-8', 'it is not UTF-8', '不是 UTF-8'], ['control byte in a string', 'a control byte in a string', '字符串中有控制字符'], ['nested too deep', 'nested too deep', '嵌套过深'],
		['bytes after the value', 'there is text behind it', '末尾有多余内容'], ['longer than a bundle may be', 'longer than a bundle may be', '超出证据包的最大长度'],
		['a record is a JSON object', 'a record is a JSON object', '记录必须是 JSON 对象'],
	]);

	let language = 'en';

	const t = (name, ...values) => words[language][name].replace(/\{(\d)\}/g, (all, i) => values[i]);
	const look = (rows, name) => (Object.hasOwn(rows, name) ? rows[name][language] : null);

	function sentence(text) {
		if (Object.hasOwn(sentences, text))
			return sentences[text][language];
		return text;
	}

	// A failure: a sentence, or the member of the evidence object that is malformed.
	function failure(text) {
		if (!text || /^(rootAlgo|root|bundleHash|evidenceId|parentRoot|leaves|leaves: .*|no evidence object|a member stands twice)$/.test(text))
			return t('malformed', text || 'manifest');
		return sentence(text);
	}

	// ---- document --------------------------------------------------------------------------------------------------------------

	const $ = (id) => document.getElementById(id);

	// An element of the document; props are attributes, "text" its text, "on" its listeners.
	function el(tag, props, ...children) {
		const e = document.createElement(tag);

		for (const [name, value] of Object.entries(props || {})) {
			if (name === 'text')
				e.textContent = value;
			else if (name === 'on')
				Object.entries(value).forEach(([event, f]) => e.addEventListener(event, f));
			else if (value !== null && value !== false)
				e.setAttribute(name, value === true ? '' : value);
		}
		e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
		return e;
	}

	const signs = {good: '✓', bad: '✕', unsure: '–'};
	const sign = (kind) => el('span', {'class': 'sign ' + kind, 'aria-hidden': 'true', text: signs[kind]});
	const announce = (text) => { $('status').textContent = text; };

	function setFault(input, text) {
		$(input.id + '-fault').textContent = text;
		if (text)
			input.setAttribute('aria-invalid', 'true');
		else
			input.removeAttribute('aria-invalid');
	}

	// ---- state: what is shown --------------------------------------------------------------------------------------------------

	// sources: [{name, bytes}] as they came; failed: {title, hint} when nothing came; opened: whether the evidence is unfolded;
	// root_came: the root came with files, and goes when other files come; asked: the ID, or the order, that the service was asked for
	const state = {sources: [], failed: null, opened: false, from: '', asked: {}, serial: 0, root_came: false};

	function show(sources, from, asked) {
		Object.assign(state, {sources, from, asked: asked || {}, failed: null, opened: from !== 'verify'});
		render();
		reveal();
	}

	function showFailure(title, hint) {
		Object.assign(state, {sources: [], failed: {title, hint}, from: '', asked: {}});
		render();
		reveal();
	}

	function reveal() {
		const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;

		$('results').scrollIntoView({block: 'start', behavior: calm ? 'auto' : 'smooth'});
	}

	const trustedRoot = () => $('root').value.trim();

	function judged() {
		const root = check.isRoot(trustedRoot()) ? trustedRoot() : null;

		return state.sources.flatMap(({name, bytes}) => check.file(bytes, {root}).map((one) => ({...one, name, bytes})));
	}

	// ---- cards -----------------------------------------------------------------------------------------------------------------

	function member(one, name) {
		const r = one.shown.record;

		return r && r[name] ? check.toValue(one.shown.text, r[name]) : undefined;
	}

	const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

	function time(iso) {
		const date = new Date(iso);

		if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(iso) || Number.isNaN(date.getTime()))
			return [iso];
		const local = date.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

		return [el('time', {datetime: iso, text: iso.slice(0, 19).replace('T', ' ') + ' UTC'}), el('small', {text: t('localTime', local)})];
	}

	function fact(name, ...value) {
		return el('div', {}, el('dt', {text: name}), el('dd', {}, ...value));
	}

	const term = (name) => look(terms, name) || name;

	function reasonOf(position, verdict) {
		const {reason} = position;

		if (reason === 'forced-liquidation')
			return (look(reasons, reason + '/' + verdict.scope) || look(reasons, reason)) +
				(verdict.finalClose && look(closes, verdict.finalClose) ? ' ' + look(closes, verdict.finalClose) : '');
		if (reason === 'adl')
			return look(reasons, verdict.sub === 'still-open' ? 'adl/still-open' : reason);
		return look(reasons, verdict.sub || reason) || [reason, verdict.sub].filter(Boolean).join(', ');
	}

	const answers = {yes: true, no: false};

	function answerOf(position) {
		return Object.keys(answers).find((name) => answers[name] === position.liquidated) || 'unknown';
	}

	function sureWords(answer, confidence) {
		if (confidence)
			return look(confidences, confidence) || confidence;
		return answer === 'unknown' ? look(confidences, 'none') : t('notKnown');
	}

	function positionWords(p) {
		return [p.mode && term(p.mode), p.lever && p.lever + '×', (p.direction || p.posSide) && term(p.direction || p.posSide)].filter(Boolean).join(' · ');
	}

	function orderWords(o) {
		if (!isObject(o))
			return '';
		if (o.accFillSz && o.accFillSz !== '0' && o.avgFillPx)
			return t('orderFilled', term(o.side), o.accFillSz, o.avgFillPx) + ' · ' + term(o.state);
		return [o.side && term(o.side), o.sz, o.state && term(o.state)].filter(Boolean).join(' · ');
	}

	function sourcesPart(verdict) {
		const list = Array.isArray(verdict.sources) ? verdict.sources.filter(isObject) : [];

		if (list.length === 0)
			return null;
		return el('div', {'class': 'part'}, el('h3', {text: t('sources')}), el('ul', {'class': 'rows'}, list.map((s) => {
			const kind = s.agrees === true ? 'good' : s.agrees === false ? 'bad' : 'unsure';
			const state_word = t(s.agrees === true ? 'agrees' : s.agrees === false ? 'disagrees' : 'says');

			return el('li', {}, sign(kind), el('span', {text: look(ledgers, s.source) || s.source}),
				el('code', {'class': 'says', lang: 'en', text: s.says}), el('span', {'class': 'state', text: state_word}));
		})));
	}

	function warningsPart(verdict) {
		const list = Array.isArray(verdict.warnings) ? verdict.warnings : [];

		return list.length === 0 ? null : el('div', {'class': 'part'}, el('h3', {text: t('warnings')}),
			el('ul', {'class': 'list'}, list.map((w) => el('li', {}, sign('unsure'), el('span', {lang: 'en', text: w})))));
	}

	function perfValue(name, value) {
		if (name === 'attempts' && Array.isArray(value))
			return String(value.length);
		if (name === 'cache')
			return t(value ? 'yes' : 'no');
		if (isObject(value))
			return Object.entries(value).map(([n, v]) => n + ' ' + (isObject(v) ? '…' : v)).join(', ');
		return String(value) + (/Ms$/.test(name) ? ' ms' : '');
	}

	function perfPart(perf) {
		if (!isObject(perf) || Object.keys(perf).length === 0)
			return null;
		return el('details', {'class': 'part'}, el('summary', {text: t('perf')}), el('p', {'class': 'note', text: t('perfNote')}),
			el('dl', {'class': 'facts'}, Object.entries(perf).map(([name, value]) => fact(look(timings, name) || name, perfValue(name, value)))));
	}

	function errorPart(error) {
		if (!isObject(error))
			return null;
		return el('div', {'class': 'banner bad part', role: 'group', 'aria-label': t('error')}, el('div', {'class': 'disc', 'aria-hidden': 'true'}, el('span', {text: '!'})),
			el('h3', {text: look(errors, error.code) || t('error')}),
			el('p', {}, el('code', {text: String(error.code)}), error.msg ? ' · ' : null, el('span', {lang: 'en', text: error.msg || ''}),
				error.hint ? [el('br'), t('hint') + (language === 'zh' ? '：' : ': '), el('span', {lang: 'en', text: error.hint})] : null));
	}

	function hostTags(meta) {
		const host = typeof meta.host === 'string' ? meta.host.replace(/^https?:\/\//, '') : '';
		const tags = [];

		if (meta.simulated === true)
			tags.push(t('simulated'));
		if (host && !/(^|\.)okx\.com$/.test(host))
			tags.push(t('hostOther', host));
		return tags.map((text) => el('span', {'class': 'tag', text}));
	}

	// What the record answers; null where there is nothing to say.
	function answerCard(one) {
		const meta = member(one, 'meta'), normalized = member(one, 'normalized'), error = member(one, 'error');
		const position = isObject(normalized) && isObject(normalized.position) ? normalized.position : null;
		const facts = [];
		let head = [];

		if (one.verdict.result === 'bad' || one.shown.proof || !one.shown.record)
			return null;
		if (position && '$redacted' in position) {
			head = [el('p', {'class': 'why', text: t('redactedAnswer')})];
		} else if (position && 'liquidated' in position) {
			const verdict = isObject(position.verdict) ? position.verdict : {};
			const answer = answerOf(position);
			const reason = reasonOf(position, verdict);

			head = [el('p', {'class': 'answer'}, el('strong', {id: 'answer', text: t('liquidated') + (language === 'zh' ? '：' : ': ') + t(answer)})), el('p', {'class': 'why', text: reason})];
			if (answer === 'yes')
				facts.push(fact(t('when'), position.liquidatedAt ? time(position.liquidatedAt) : t('notKnown'),
					position.liquidatedAt && verdict.timeSource ? el('small', {text: t('source', look(ledgers, verdict.timeSource) || verdict.timeSource)}) : null));
			facts.push(fact(t('sure'), sureWords(answer, verdict.confidence)));
			if (positionWords(position))
				facts.push(fact(t('position'), positionWords(position)));
			if (position.liqPx)
				facts.push(fact(t('liqPx'), position.liqPx));
			if (orderWords(normalized.order))
				facts.push(fact(t('order'), orderWords(normalized.order)));
			if (isObject(meta) && meta.verifiedAt)
				facts.push(fact(t('verifiedAt'), time(meta.verifiedAt)));
			if (isObject(meta) && typeof meta.host === 'string')
				facts.push(fact(t('asked'), meta.host));
			return el('div', {'class': 'card'}, orderLine(meta), head, hostTagLine(meta), errorPart(error), el('dl', {'class': 'facts'}, facts),
				sourcesPart(verdict), warningsPart(verdict), perfPart(member(one, 'perf')));
		} else if (!isObject(error)) {
			head = [el('p', {'class': 'why', text: t('noAnswer')})];
		}
		return el('div', {'class': 'card'}, orderLine(meta), head, hostTagLine(meta), errorPart(error), perfPart(member(one, 'perf')));
	}

	function orderLine(meta) {
		return isObject(meta) && meta.ordId ? el('p', {'class': 'order', text: [meta.instId, meta.ordId].filter(Boolean).join(' · ')}) : null;
	}

	function hostTagLine(meta) {
		const tags = isObject(meta) ? hostTags(meta) : [];

		return tags.length ? el('p', {'class': 'note'}, tags.flatMap((tag) => [tag, ' '])) : null;
	}

	// ---- evidence --------------------------------------------------------------------------------------------------------------

	const kinds = {good: 'good', bad: 'bad', unknown: 'unsure'};

	function unsureText(one) {
		const {verdict, shown} = one;
		const n = verdict.leaves;

		if (!shown.value)
			return t('unreadableJson', sentence(verdict.notChecked[0]));
		if (!shown.record)
			return t('unreadableJson', shown.value.type === 'object' ? t('twice', verdict.notChecked[0]) : sentence(verdict.notChecked[0]));
		if (n.missing)
			return t('trimmed', n.missing, n.missing + n.open + n.redacted);
		return t(shown.proof ? 'emptyProof' : 'unsealed');
	}

	// A sound bundle, but not of what the service was asked for.
	function isOther(one) {
		const {id, instId, ordId} = state.asked;
		const meta = member(one, 'meta');

		if (one.verdict.result === 'bad')
			return false;
		if (id)
			return one.verdict.evidenceId !== id;
		return Boolean(ordId) && isObject(meta) && (meta.ordId !== ordId || meta.instId !== instId);
	}

	function summary(one) {
		const {verdict, shown} = one;

		if (isOther(one))
			return {kind: 'bad', title: t('badTitle'), text: t(state.asked.id ? 'otherBundle' : 'otherOrder')};
		if (verdict.result === 'bad')
			return {kind: 'bad', title: t('badTitle'), text: failure(verdict.failed) + (language === 'zh' ? '。' : '.') + (verdict.path === undefined ? '' : ' ' + t('badAt', verdict.path))};
		if (verdict.result === 'unknown')
			return {kind: 'unsure', title: t('unsureTitle'), text: unsureText(one)};
		if (shown.proof)
			return {kind: 'good', title: t('proofGood'), text: t('proofGoodText')};
		return {kind: 'good', title: t('goodTitle'), text: t(verdict.checked.includes('expected root') ? 'goodRoot' : 'goodText')};
	}

	function banner(s) {
		return el('div', {'class': 'banner ' + s.kind, 'data-result': s.kind}, el('div', {'class': 'disc', 'aria-hidden': 'true'}, el('span', {text: signs[s.kind] === '–' ? '?' : signs[s.kind]})),
			el('h3', {text: s.title}), el('p', {text: s.text}));
	}

	function checkedOf({verdict, shown}) {
		return verdict.checked.map((name) => (shown.proof && name === 'manifest' ? 'manifest of a proof' : name));
	}

	// a check stops at the first difference
	function uncheckedOf({verdict, shown}) {
		if (!shown.record)
			return [];
		if (verdict.result === 'bad')
			return [...verdict.notChecked, 'the rest'];
		return shown.record.evidence && shown.record.normalized ? [...verdict.notChecked, 'the verdict'] : verdict.notChecked;
	}

	function notes(title, list, kind) {
		return list.length === 0 ? null : el('div', {'class': 'part'}, el('h3', {text: title}),
			el('ul', {'class': 'list'}, list.map((text) => el('li', {}, sign(kind), el('span', {text: sentence(text)})))));
	}

	function fingerprints(one) {
		const evidence = member(one, 'evidence');
		const {verdict, shown} = one;
		const rows = [];

		if (isObject(evidence))
			for (const name of ['evidenceId', 'root', 'bundleHash', 'parentRoot'])
				rows.push([name, typeof evidence[name] === 'string' ? evidence[name] : '–']);
		else if (shown.proof && verdict.root)
			rows.push(['root', verdict.root]);
		return rows.length === 0 ? null : el('div', {'class': 'part'}, el('h3', {text: t('ids')}),
			el('dl', {'class': 'ids'}, rows.map(([name, value]) => el('div', {}, el('dt', {text: name}), el('dd', {text: value})))));
	}

	// A value that is printed only when somebody opens it: bundles are large.
	function foldedValue(text, value, ...summary_line) {
		const details = el('details', {'class': 'leaf'}, el('summary', {}, ...summary_line));

		details.addEventListener('toggle', () => {
			if (details.open && !details.querySelector('pre'))
				details.append(el('pre', {tabindex: '0', text: check.pretty(text, value)}));
		});
		return details;
	}

	function leafRow(one, leaf, listed) {
		const path = check.decodeUtf8(leaf.path);
		const wrong = one.verdict.path === path;
		const kind = wrong ? 'changed' : leaf.missing ? 'missing' : leaf.redacted ? 'redacted' : leaf.salt !== null ? 'salted' : 'open_';
		const tells = one.verdict.checked.includes('leaves') && !leaf.missing && !leaf.redacted;
		const line = [sign(wrong ? 'bad' : tells ? 'good' : 'unsure'), el('span', {'class': 'name', text: path}), el('span', {'class': 'kind', text: t(kind)})];
		const hash = el('p', {'class': 'hash'}, el('code', {text: listed ? check.hash0x(listed.hash) : '–'}));
		const row = leaf.value ? foldedValue(one.shown.text, leaf.value, ...line) : el('details', {'class': 'leaf'}, el('summary', {}, ...line));

		row.firstChild.after(hash);
		return row;
	}

	function leavesPart(one) {
		const {leaves, listed} = one.shown;
		const by_path = new Map(listed.map((leaf) => [leaf.path, leaf]));
		// the one at fault is shown wherever it stands
		const some = leaves.filter((leaf, i) => i < 400 || check.decodeUtf8(leaf.path) === one.verdict.path);

		if (leaves.length === 0)
			return null;
		return el('div', {'class': 'part'}, el('h3', {text: t('leaves')}), el('div', {'class': 'rows'}, some.map((leaf) => leafRow(one, leaf, by_path.get(leaf.path)))),
			some.length < leaves.length ? el('p', {'class': 'note', text: t('more', leaves.length - some.length)}) : null);
	}

	function provenPart(one) {
		const value = one.shown.proof ? check.find(one.shown.value, 'value') : null;
		const path = one.shown.proof ? check.find(one.shown.value, 'path') : null;

		if (!value || !path)
			return null;
		return el('div', {'class': 'part'}, el('h3', {text: t('provenValue')}), el('p', {'class': 'order', text: String(check.toValue(one.shown.text, path))}),
			el('pre', {tabindex: '0', text: check.pretty(one.shown.text, value)}));
	}

	function save(one) {
		const url = URL.createObjectURL(new Blob([one.bytes], {type: 'application/json'}));
		const link = el('a', {href: url, download: (one.verdict.evidenceId || 'evidence') + '.json'});

		link.click();
		setTimeout(() => URL.revokeObjectURL(url), 10000);
	}

	function evidenceCard(one, alone) {
		const {verdict} = one;
		const details = el('div', {id: alone ? 'evidence-details' : null, hidden: alone && !state.opened}, provenPart(one), fingerprints(one), leavesPart(one));
		const toggle = el('button', {type: 'button', id: alone ? 'evidence' : null, 'aria-expanded': String(state.opened), 'aria-controls': 'evidence-details', text: t(state.opened ? 'hideEvidence' : 'showEvidence'), on: {click: () => {
			state.opened = !state.opened;
			details.hidden = !state.opened;
			toggle.setAttribute('aria-expanded', String(state.opened));
			toggle.textContent = t(state.opened ? 'hideEvidence' : 'showEvidence');
		}}});
		const good_name = /^evi_\d{8}_[0-9a-f]{16}$/.test(verdict.evidenceId);
		const full = good_name && alone && !offline && state.from === 'verify' && verdict.leaves.missing && verdict.evidenceId;
		const has_details = details.children.length > 0;

		return el('div', {'class': alone ? 'card' : ''}, alone ? banner(summary(one)) : null,
			el('div', {'class': 'checks'}, notes(t('checked'), checkedOf(one), 'good'), notes(t('notChecked'), uncheckedOf(one), 'unsure')),
			!alone ? null : el('div', {'class': 'actions'}, has_details ? toggle : null,
				full ? el('button', {type: 'button', text: t('fetchFull'), on: {click: () => openId(verdict.evidenceId)}}) : null,
				state.from === 'file' || !one.shown.record ? null : el('button', {type: 'button', text: t('save'), on: {click: () => save(one)}})), details);
	}

	// ---- rendering -------------------------------------------------------------------------------------------------------------

	function failureCard() {
		return el('div', {'class': 'card'}, el('div', {'class': 'banner bad', 'data-result': 'failed'}, el('div', {'class': 'disc', 'aria-hidden': 'true'}, el('span', {text: '!'})),
			el('h3', {text: t(...state.failed.title)}), el('p', {text: state.failed.hint ? t(state.failed.hint) : ''})));
	}

	function oneCard(one) {
		const s = summary(one);
		// an error without evidence is an answer in itself
		const bare_error = one.shown.record && !one.shown.record.evidence && isObject(member(one, 'error'));
		const answer = s.kind === 'bad' ? null : answerCard(one);

		announce((answer && $text(answer, '#answer') ? $text(answer, '#answer') + '. ' : '') + (bare_error ? $text(answer, 'h3') : s.title + '. ' + s.text));
		return [answer, bare_error ? null : evidenceCard(one, true), s.kind === 'bad' && state.from === 'verify' ? el('p', {'class': 'note', text: t('badAnswer')}) : null];
	}

	function $text(root, selector) {
		const e = root && root.querySelector(selector);

		return e ? e.textContent : '';
	}

	function manyCards(list) {
		const summaries = list.map(summary);
		const count = (kind) => summaries.filter((s) => s.kind === kind).length;
		const kind = count('bad') ? 'bad' : count('unsure') ? 'unsure' : 'good';
		const s = {kind, title: t('manyTitle', list.length), text: t('manyText', count('good'), count('bad'), count('unsure'))};

		announce(s.title + '. ' + s.text);
		return el('div', {'class': 'card'}, banner(s), list.slice(0, LIMIT_SHOWN).map((one, i) => el('details', {'class': 'record', open: summaries[i].kind === 'bad'},
			el('summary', {}, sign(summaries[i].kind), el('span', {text: t('record', i + 1) + ' · ' + (one.verdict.evidenceId || one.name || '') + ' · ' + summaries[i].title})),
			el('p', {text: summaries[i].text}), answerCard(one), evidenceCard(one, false))),
		list.length > LIMIT_SHOWN ? el('p', {'class': 'note', text: t('more', list.length - LIMIT_SHOWN)}) : null);
	}

	function render() {
		const list = state.failed ? [] : judged();

		$('results').hidden = !state.failed && list.length === 0;
		if (state.failed) {
			announce(t(...state.failed.title));
			$('cards').replaceChildren(failureCard());
		} else if (list.length === 1) {
			$('cards').replaceChildren(...oneCard(list[0]).filter(Boolean));
		} else if (list.length > 1) {
			$('cards').replaceChildren(manyCards(list));
		}
	}

	function speak(next) {
		language = next;
		document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
		document.title = t('title');
		for (const e of document.querySelectorAll('[data-t]'))
			e.textContent = t(e.dataset.t);
		for (const b of document.querySelectorAll('[data-language]'))
			b.setAttribute('aria-pressed', String(b.dataset.language === next));
		for (const input of document.querySelectorAll('[aria-invalid]'))
			setFault(input, faultOf(input));
		render();
	}

	// ---- the service -----------------------------------------------------------------------------------------------------------

	// {status, bytes}; throws when the service gave no answer.
	async function ask(path, options) {
		const stop = new AbortController();
		const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);

		try {
			const answer = await fetch(path, {cache: 'no-store', credentials: 'same-origin', redirect: 'error', referrerPolicy: 'no-referrer', signal: stop.signal, ...options});

			return {status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer())};
		} finally {
			clearTimeout(timer);
		}
	}

	// What was asked for last is shown; but what a key was given for is shown in any case.
	async function run(busy_text, path, options, use) {
		const serial = ++state.serial;
		const wanted = () => serial === state.serial || options.body;

		announce(t(busy_text));
		try {
			const answer = await ask(path, options);

			if (wanted())
				use(answer);
		} catch (e) {
			if (wanted())
				showFailure([e.name === 'AbortError' ? 'timedOut' : 'noService'], options.body ? 'noServiceHint' : null);
		}
	}

	const isRecord = (bytes) => check.file(bytes).some((one) => one.shown.record);

	async function openId(id) {
		await run('opening', 'evidence/' + id, {}, ({status, bytes}) => {
			if (status === 404)
				showFailure(['notFound']);
			else if (status !== 200 || !isRecord(bytes))
				showFailure(['notJson', status]);
			else
				show([{name: id, bytes}], 'id', {id});
		});
	}

	// ---- the form --------------------------------------------------------------------------------------------------------------

	const secrets = ['apiKey', 'secretKey', 'passphrase', 'uid', 'keyAlias'];
	const keyMode = () => document.querySelector('input[name="keyMode"]:checked').value;

	function faultOf(input) {
		const value = input.value.trim();

		if (input.id === 'root')
			return value && !check.isRoot(value) ? t('badRoot') : '';
		if (input.id === 'evidenceId')
			return /^evi_\d{8}_[0-9a-f]{16}$/.test(value) ? '' : t('badId');
		if (input.required && !value)
			return t('required');
		if (input.id === 'instId' && !/^[A-Z0-9][A-Z0-9_-]*$/i.test(value))
			return t('badInst');
		if ((input.id === 'ordId' || input.id === 'uid') && value && !/^\d+$/.test(value))
			return t('badDigits');
		return '';
	}

	function inputsInUse() {
		return ['instId', 'ordId', ...(keyMode() === 'alias' ? ['keyAlias'] : ['apiKey', 'secretKey', 'passphrase', 'uid'])].map($);
	}

	// randomUUID() is for pages that came over TLS or from this machine
	function requestId() {
		const bytes = crypto.getRandomValues(new Uint8Array(16));

		return 'page-' + Array.from(bytes, (b) => (b + 256).toString(16).slice(1)).join('');
	}

	function request() {
		const value = (id) => $(id).value.trim();
		const r = {exchange: 'okx', ordId: value('ordId'), instId: value('instId'), live: true, fresh: true, noCache: true, keyMode: keyMode()};

		if (r.keyMode === 'alias')
			r.keyAlias = value('keyAlias');
		else
			// a passphrase may begin or end with a space
			Object.assign(r, {apiKey: value('apiKey'), secretKey: value('secretKey'), passphrase: $('passphrase').value}, value('uid') ? {uid: value('uid')} : {});
		r.clientMeta = {source: 'us-frontend', requestId: requestId()};
		return new TextEncoder().encode(JSON.stringify(r));
	}

	function forgetKeys() {
		for (const id of secrets)
			$(id).value = '';
	}

	async function submitOrder(event) {
		let body;

		event.preventDefault();
		if ($('send').getAttribute('aria-busy') === 'true')
			return;
		for (const input of inputsInUse())
			setFault(input, faultOf(input));
		const first = inputsInUse().find((input) => input.hasAttribute('aria-invalid'));
		if (first) {
			first.focus();
			return;
		}
		$('instId').value = $('instId').value.trim().toUpperCase();
		const order = {instId: $('instId').value, ordId: $('ordId').value.trim()};
		body = request();
		forgetKeys();
		// a new bundle has a root of its own
		setRoot('', false);
		$('send').setAttribute('aria-busy', 'true');
		await run('working', 'verify/okx', {method: 'POST', headers: {'Content-Type': 'application/json'}, body}, ({status, bytes}) => {
			if (isRecord(bytes))
				show([{name: '', bytes}], 'verify', order);
			else
				showFailure(['notJson', status]);
		});
		body.fill(0);
		$('send').removeAttribute('aria-busy');
	}

	function chooseMode() {
		$('inline').hidden = keyMode() === 'alias';
		$('by-alias').hidden = keyMode() !== 'alias';
		forgetKeys();
		for (const id of secrets)
			setFault($(id), '');
	}

	// ---- files -----------------------------------------------------------------------------------------------------------------

	async function takeFiles(files) {
		const sources = [];
		const serial = ++state.serial;
		let root = null;

		announce(t('checking'));
		for (const file of files) {
			if (file.size > LIMIT_FILE_BYTES) {
				showFailure(['tooLarge']);
				return;
			}
			let bytes;
			try {
				bytes = new Uint8Array(await file.arrayBuffer());
			} catch {
				showFailure(['unreadable']);
				return;
			}
			const text = bytes.length < 200 ? new TextDecoder().decode(bytes).trim() : '';

			if (check.isRoot(text))
				root = text;
			else
				sources.push({name: file.name, bytes});
		}
		if (serial !== state.serial)
			return;
		if (root !== null || state.root_came)
			setRoot(root || '', root !== null);
		if (sources.length)
			show(sources, 'file');
		else
			render();
	}

	function setRoot(text, came) {
		state.root_came = came;
		$('root').value = text;
		setFault($('root'), faultOf($('root')));
	}

	// ---- start -----------------------------------------------------------------------------------------------------------------

	function listenForFiles() {
		const over = (on) => document.body.classList.toggle('over', on);

		$('file').addEventListener('change', () => {
			takeFiles([...$('file').files]);
			$('file').value = '';
		});
		document.addEventListener('dragover', (event) => {
			event.preventDefault();
			over(true);
		});
		document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) over(false); });
		document.addEventListener('drop', (event) => {
			event.preventDefault();
			over(false);
			if (event.dataTransfer.files.length)
				takeFiles([...event.dataTransfer.files]);
		});
	}

	function listen() {
		for (const b of document.querySelectorAll('[data-language]'))
			b.addEventListener('click', () => speak(b.dataset.language));
		for (const radio of document.querySelectorAll('input[name="keyMode"]'))
			radio.addEventListener('change', chooseMode);
		for (const input of document.querySelectorAll('#order input:not([type="radio"])'))
			input.addEventListener('input', () => { if (input.hasAttribute('aria-invalid')) setFault(input, faultOf(input)); });
		$('order').addEventListener('submit', submitOrder);
		$('by-id').addEventListener('submit', (event) => {
			event.preventDefault();
			setFault($('evidenceId'), faultOf($('evidenceId')));
			if ($('evidenceId').hasAttribute('aria-invalid'))
				$('evidenceId').focus();
			else
				openId($('evidenceId').value.trim());
		});
		$('pasted').addEventListener('submit', (event) => {
			event.preventDefault();
			state.serial++;
			show([{name: '', bytes: new TextEncoder().encode($('text').value)}], 'file');
		});
		$('root').addEventListener('input', () => {
			state.root_came = false;
			setFault($('root'), faultOf($('root')));
			if (!faultOf($('root')))
				render();
		});
		// a page that comes back from the browser's memory comes back without keys
		addEventListener('pagehide', forgetKeys);
	}

	function start() {
		const query = new URLSearchParams(location.search);
		const wanted = query.get('lang') || navigator.language || '';

		if (offline) {
			document.body.classList.add('offline');
			$('verify').hidden = true;
			$('by-id').hidden = true;
			$('offline').hidden = false;
		}
		listen();
		listenForFiles();
		speak(/^zh\b/i.test(wanted) ? 'zh' : 'en');
		$('send').disabled = false;
		if (!offline && query.has('evidence')) {
			$('evidenceId').value = query.get('evidence');
			setFault($('evidenceId'), faultOf($('evidenceId')));
			if (!faultOf($('evidenceId')))
				openId(query.get('evidence'));
		}
	}

	start();
})();
