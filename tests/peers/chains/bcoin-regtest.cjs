// Regtest full node (segwit v0 consensus) from npm bcoin@1.0.2 only, pure JS: npm i bcoin@1.0.2 --ignore-scripts; node node.js PORT
const Mod=require('module'),ld=Mod._load;Mod._load=function(r,...a){return r==='leveldown'?class{}:ld.call(this,r,...a)};
process.env.NODE_BACKEND='js';
const nets=require('bcoin/lib/protocol/networks'),N=nets.regtest;
N.addressPrefix={pubkeyhash:0x6f,scripthash:0xc4,witnesspubkeyhash:0x03,witnessscripthash:0x28,bech32:'bcrt'};  // as Bitcoin Core
N.keyPrefix={privkey:0xef,xpubkey:0x043587cf,xprivkey:0x04358394,xpubkey58:'tpub',xprivkey58:'tprv',coinType:1}; N.requireStandard=true;
const FullNode=require('bcoin/lib/node/fullnode'),Miner=require('bcoin/lib/mining/miner'),TX=require('bcoin/lib/primitives/tx'),Address=require('bcoin/lib/primitives/address'),{RPCError}=require('bweb');
const Script=require('bcoin/lib/script/script'),p2tr=r=>r.length===34&&r[0]===0x51&&r[1]===32,wrap=(o,n,f)=>{const g=o[n];o[n]=function(...a){return f.call(this,a[0])||g.apply(this,a)}};
wrap(Script.prototype,'isStandard',function(){return p2tr(this.toRaw())});for(const n of['hasStandardInputs','hasStandardWitness'])wrap(TX.prototype,n,function(v){return this.inputs.some(i=>{const c=v.getOutput(i.prevout);return c&&p2tr(c.script.toRaw())})});   // let P2TR through policy; checked in taproot()
Script.flags.STANDARD_VERIFY_FLAGS&=~Script.flags.VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM;
const PORT=+process.argv[2]||18443;
if(process.argv[3])N.activationThreshold=N.minerWindow=+process.argv[3];   // segwit is active three such windows after the beginning, not at 432
const node=new FullNode({network:'regtest',memory:true,apiKey:'pw',argv:false,env:false,logLevel:'none',workers:false,listen:false,maxOutbound:1,only:['127.0.0.1:1'],httpHost:'127.0.0.1',httpPort:PORT,
  replaceByFee:true,requireStandard:true,indexTX:true,indexAddress:true,plugins:[]});
node.pool.connect=async()=>{};node.pool.startSync=()=>{};node.pool.forceSync=()=>{};node.pool.announceTX=()=>{};node.pool.announceBlock=()=>{};
const E=(c,m)=>{throw new RPCError(c,m)}, rev=h=>Buffer.from(h,'hex').reverse().toString('hex'), add=(n,f)=>{if(node.rpc.calls[n])delete node.rpc.calls[n];node.rpc.add(n,f)};
const feeOf=async t=>{let i=0;for(const x of t.inputs){const e=node.mempool.getEntry(x.prevout.hash);const c=e?e.tx.outputs[x.prevout.index]:await node.chain.getCoin(x.prevout.hash,x.prevout.index);if(!c)return null;i+=c.value}return i-t.outputs.reduce((a,o)=>a+o.value,0)};
const bl=require('bitcore-lib'),I=bl.Script.Interpreter,TF=I.SCRIPT_VERIFY_P2SH|I.SCRIPT_VERIFY_WITNESS|I.SCRIPT_VERIFY_TAPROOT|I.SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY|I.SCRIPT_VERIFY_CHECKSEQUENCEVERIFY;
async function taproot(tx){const outs=[];for(const x of tx.inputs){const e=node.mempool.getEntry(x.prevout.hash);const c=e?e.tx.outputs[x.prevout.index]:await node.chain.getCoin(x.prevout.hash,x.prevout.index);if(!c)return;outs.push(c)}   // bcoin 1.0.2 treats v1 as anyone-can-spend
  const t=new bl.Transaction(tx.toRaw().toString('hex'));outs.forEach((c,i)=>t.inputs[i].output=new bl.Transaction.Output({satoshis:c.value,script:c.script.toRaw().toString('hex')}));
  outs.forEach((c,i)=>{const r=c.script.toRaw();if(r.length!==34||r[0]!==0x51||r[1]!==32)return;const it=new I();let ok=false;try{ok=it.verify(t.inputs[i].script,t.inputs[i].output.script,t,i,TF,t.inputs[i].witnesses,c.value)}catch(e){it.errstr=e.message}if(!ok)E(-26,`mempool-script-verify-flag-failed (${it.errstr}), input ${i} of ${tx.txid()}`)})}
async function accept(tx){                                    // real mempool validation, Core's error codes, BIP125 rules 1-4
  const id=tx.hash('hex');if(node.mempool.exists(id))return tx.txid();            // Core >=0.19: same txid again is success
  for(let n=0;n<tx.outputs.length;n++)if(await node.chain.getCoin(id,n))E(-27,'Transaction outputs already in utxo set');
  await taproot(tx);
  const conf=new Set();for(const i of tx.inputs){const s=node.mempool.getSpent(i.prevout.hash,i.prevout.index);if(s)conf.add(s)}
  const evicted=[];
  if(conf.size){const fee=await feeOf(tx);if(fee===null)E(-25,'bad-txns-inputs-missingorspent');let old=0,set=new Set();
    for(const e of conf){set.add(e);for(const d of node.mempool.getDescendants?node.mempool.getDescendants(e):[])set.add(d)}
    for(const e of set)old+=e.fee;if(set.size>100)E(-26,'too many potential replacements');
    const vs=tx.getVirtualSize();for(const e of conf)if(fee/vs<=e.fee/e.tx.getVirtualSize())E(-26,`insufficient fee, rejecting replacement ${tx.txid()}; new feerate <= old feerate`);
    if(fee<old+Math.ceil(vs*N.minRelay/1000))E(-26,`insufficient fee, rejecting replacement ${tx.txid()}, not enough additional fees to relay`);
    for(const e of conf){evicted.push(...[...set].map(x=>x.tx));if(node.mempool.hasEntry(e.tx.hash('hex')))node.mempool.evictEntry(e)}}
  let missing;try{missing=await node.mempool.addTX(tx,-1)}catch(e){for(const t of evicted)try{await node.mempool.addTX(t,-1)}catch(_){ }if(e.type!=='VerifyError')throw e;E(e.reason==='bad-txns-inputs-missingorspent'?-25:-26,e.reason)}
  if(missing){node.mempool.removeOrphan?.(id);E(-25,'bad-txns-inputs-missingorspent')} return tx.txid()}
const parse=h=>{try{return TX.fromRaw(Buffer.from(h,'hex'))}catch(e){E(-22,'TX decode failed. Make sure the tx has at least one input.')}};
add('sendrawtransaction',async a=>accept(parse(a[0])));
add('testmempoolaccept',async a=>{const tx=parse(a[0][0]),had=node.mempool.exists(tx.hash('hex'));if(had)return[{txid:tx.txid(),allowed:false,'reject-reason':'txn-already-in-mempool'}];const snap=[...node.mempool.map.values()].map(e=>e.tx);try{await accept(tx);const e=node.mempool.getEntry(tx.hash('hex'));await node.mempool.reset();for(const t of snap)await node.mempool.addTX(t,-1).catch(()=>{});return[{txid:tx.txid(),allowed:true,vsize:tx.getVirtualSize()}]}catch(e){return[{txid:tx.txid(),allowed:false,'reject-reason':e.message}]}});
async function utxos(addrs,min=1){const out=[];for(const s of addrs){const ad=Address.fromString(s,'regtest');for(const c of await node.chain.getCoinsByAddress(ad)){const conf=node.chain.height-c.height+1;if(conf<min||(c.coinbase&&conf<101)||node.mempool.isSpent(c.hash,c.index))continue;
  out.push({txid:rev(c.hash),vout:c.index,address:s,scriptPubKey:c.script.toJSON(),amount:c.value/1e8,confirmations:conf,spendable:true,solvable:true,safe:true})}}return out}
let watch=new Set();add('x_watch',async a=>{a.forEach(x=>watch.add(x));return [...watch]});                  // stands in for importdescriptors
add('listunspent',async a=>utxos(a[2]&&a[2].length?a[2]:[...watch],a[0]??1)); add('getbalance',async()=>(await utxos([...watch])).reduce((s,u)=>s+u.amount,0));
const bj=require('bitcoinjs-lib');bj.initEccLib(require('tiny-secp256k1'));const rnet=bj.networks.regtest,locked=new Set();
add('walletcreatefundedpsbt',async a=>{const [ins,outs,lock=0,o={}]=a,list=[].concat(outs).flatMap(x=>Object.entries(x)),rate=o.fee_rate??((o.feeRate??feerate??0.00001)*1e5);let us=(await utxos([...watch])).filter(u=>!locked.has(u.txid+u.vout)).sort((x,y)=>y.amount-x.amount||(x.txid<y.txid?-1:1));
  if(ins&&ins.length)us=us.filter(u=>ins.some(i=>i.txid===u.txid&&i.vout===u.vout));const p=new bj.Psbt({network:rnet});p.setLocktime(lock);const want=list.reduce((s,[,v])=>s+BigInt(Math.round(v*1e8)),0n);let got=0n,n=0,fee=0n;const sz=k=>BigInt(Math.ceil((11+k*68+(list.length+1)*43)*rate));
  for(const u of us){const v=BigInt(Math.round(u.amount*1e8));p.addInput({hash:u.txid,index:u.vout,sequence:o.replaceable===false?0xfffffffe:0xfffffffd,witnessUtxo:{script:Buffer.from(u.scriptPubKey,'hex'),value:v}});got+=v;n++;if(o.lockUnspents)locked.add(u.txid+u.vout);fee=sz(n);if(got>=want+fee)break}
  if(got<want+fee)E(-4,'Insufficient funds');for(const [d,v] of list){let sc;try{sc=bj.address.toOutputScript(d,rnet)}catch(e){E(-5,'Invalid Bitcoin address: '+d)}p.addOutput({script:sc,value:BigInt(Math.round(v*1e8))})}
  const ch=got-want-fee;let changepos=-1;if(ch>=294n){changepos=list.length;p.addOutput({address:o.changeAddress||[...watch][0],value:ch})}else fee+=ch;return{psbt:p.toBase64(),fee:Number(fee)/1e8,changepos}});
add('finalizepsbt',async a=>{let p;try{p=bj.Psbt.fromBase64(a[0],{network:rnet})}catch(e){E(-22,'TX decode failed '+e.message)}try{p.finalizeAllInputs()}catch(e){return{psbt:a[0],complete:false}}return{hex:p.extractTransaction(true).toHex(),complete:true}});
let feerate=null;add('x_setfee',async a=>feerate=a[0]);add('estimatesmartfee',async a=>feerate===null?{errors:['Insufficient data or no feerate found'],blocks:a[0]}:{feerate,blocks:a[0]});
add('x_reorg',async a=>{                                       // real fork: depth+1 empty blocks on an older parent
  const [depth,addr]=a,m=new Miner({network:node.network,chain:node.chain,workers:node.workers});await m.open();const lost=[];for(let h=node.chain.height-depth+1;h<=node.chain.height;h++){const b=await node.chain.getBlock(await node.chain.getHash(h));lost.push(...b.txs.slice(1))}let tip=await node.chain.getEntry(node.chain.height-depth);const ad=Address.fromString(addr,'regtest'),hs=[];
  for(let i=0;i<=depth;i++){const job=await m.cpu.createJob(tip,ad);job.attempt.time=tip.time+1+i;job.refresh();const b=await m.cpu.mineAsync(job);const e=await node.chain.add(b);hs.push(rev(b.hash('hex')));tip=e||await node.chain.getEntry(b.hash('hex'))}for(const t of lost)try{if(a[2]!==false)await node.mempool.addTX(t,-1)}catch(_){}return hs});
(async()=>{await node.ensure();await node.open();node.chain.synced=true;console.log('bcoin up',PORT)})().catch(e=>{console.error(e);process.exit(1)});
// What a node without a wallet is asked for, too: unspent outputs of given scripts, as Bitcoin Core's scantxoutset answers.
add('scantxoutset',async a=>{if(a[0]!=='start')return null;const unspents=[];let total=0;const best=node.chain.tip.hash,height=node.chain.height;
  for(const d of a[1]){const raw=Buffer.from(d.slice(4,-1),'hex'),sc=Script.fromRaw(raw),ad=Address.fromScript(sc);if(!ad)continue;
    for(const c of await node.chain.getCoinsByAddress(ad)){if(!c.script.toRaw().equals(raw))continue;unspents.push({txid:rev(c.hash),vout:c.index,scriptPubKey:raw.toString('hex'),amount:c.value/1e8,coinbase:c.coinbase,height:c.height});total+=c.value}}
  return{success:true,txouts:unspents.length,height,bestblock:rev(best),unspents,total_amount:total/1e8}});
// bcoin's own answers with coins that the mempool spends; Bitcoin Core's does not.
const gettxout=node.rpc.calls.gettxout.bind(node.rpc);
add('gettxout',async a=>a[2]!==false&&node.mempool.isSpent(rev(a[0]),a[1])?null:gettxout(a,false));
