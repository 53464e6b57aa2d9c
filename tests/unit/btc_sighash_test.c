/*
 * Catches a digest that is not what BIP143, BIP341 and Bitcoin Core sign, an output key or address
 * that is not BIP341's, and a transaction that does not come out as it went in. The values are
 * those of their published vectors; all 500 of Core are read where the file is at hand.
 */
#include "btc_script.h"
#include "btc_sighash.h"
#include "hex.h"
#include "json.h"
#include "number.h"
#include "test.h"

#include <inttypes.h>

static const struct {
	const char *tx;
	size_t input;
	const char *code;
	uint64_t amount;
	uint32_t type;
	const char *digest;
} bip143[] = {
    {"0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffe"
     "f51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb20600"
     "0000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7"
     "e4dbe6a21b2d50ce2f0167faa815988ac11000000",
     1, "76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac", 600000000, 1,
     "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"},
    {"0100000001db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a54770100000000feffffff0"
     "2b8b4eb0b000000001976a914a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914"
     "fd270b1ee6abcaea97fea7ad0402e8bd8ad6d77c88ac92040000",
     0, "76a91479091972186c449eb1ded22b78e40d009bdf008988ac", 1000000000, 1,
     "64f3b0f4dd2bb3aa1ce8566d220cc74dda9df97d8490cc81d89d735c92e59fb6"},
    {"0100000002fe3dc9208094f3ffd12645477b3dc56f60ec4fa8e6f5d67c565d1c6b9216b36e0000000000ffffffff0"
     "815cf020f013ed6cf91d29f4202e8a58726b1ac6c79da47c23d1bee0a6925f80000000000ffffffff0100f2052a01"
     "0000001976a914a30741f8145e5acadf23f751864167f32e0963f788ac00000000",
     1,
     "21026dccc749adc2a9d0d89497ac511f760f45c47dc5ed9cf352a58ac706453880aeadab210255a9626aebf5e29c0"
     "e6538428ba0d1dcf6ca98ffdf086aa8ced5e0d0215ea465ac",
     4900000000, 3, "82dde6e4f1e94d02c2b7ad03d2115d691f48d064e9d52f58194a6637e4194391"},
    {"0100000002fe3dc9208094f3ffd12645477b3dc56f60ec4fa8e6f5d67c565d1c6b9216b36e0000000000ffffffff0"
     "815cf020f013ed6cf91d29f4202e8a58726b1ac6c79da47c23d1bee0a6925f80000000000ffffffff0100f2052a01"
     "0000001976a914a30741f8145e5acadf23f751864167f32e0963f788ac00000000",
     1, "210255a9626aebf5e29c0e6538428ba0d1dcf6ca98ffdf086aa8ced5e0d0215ea465ac", 4900000000, 3,
     "fef7bd749cce710c5c052bd796df1af0d935e59cea63736268bcbe2d2134fc47"},
    {"0100000002e9b542c5176808107ff1df906f46bb1f2583b16112b95ee5380665ba7fcfc0010000000000ffffffff8"
     "0e68831516392fcd100d186b3c2c7b95c80b53c77e77c35ba03a66b429a2a1b0000000000ffffffff028096980000"
     "0000001976a914de4b231626ef508c9a74a8517e6783c0546d6b2888ac80969800000000001976a9146648a8cd453"
     "1e1ec47f35916de8e259237294d1e88ac00000000",
     0, "0063ab68210392972e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac", 16777215,
     131, "e9071e75e25b8a1e298a72f0d2e9f4f95a0f5cdf86a533cda597eb402ed13b3a"},
    {"0100000002e9b542c5176808107ff1df906f46bb1f2583b16112b95ee5380665ba7fcfc0010000000000ffffffff8"
     "0e68831516392fcd100d186b3c2c7b95c80b53c77e77c35ba03a66b429a2a1b0000000000ffffffff028096980000"
     "0000001976a914de4b231626ef508c9a74a8517e6783c0546d6b2888ac80969800000000001976a9146648a8cd453"
     "1e1ec47f35916de8e259237294d1e88ac00000000",
     1, "68210392972e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac", 16777215, 131,
     "cd72f1f1a433ee9df816857fad88d8ebd97e09a75cd481583eb841c330275e54"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 1, "185c0be5263dce5b4bb50a047973c1b6272bfbd0103a89444597dc40b248ee7c"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 2, "e9733bc60ea13c95c6527066bb975a2ff29a925e80aa14c213f686cbae5d2f36"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 3, "1e1f1c303dc025bd664acb72e583e933fae4cff9148bf78c157d1e8f78530aea"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 129, "2a67f03e63a6a422125878b40b82da593be8d4efaafe88ee528af6e5a9955c6e"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 130, "781ba15f3779d5542ce8ecb5c18716733a5ee42a6f51488ec96154934e2c890a"},
    {"010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0"
     "200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a914"
     "7480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
     0,
     "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae"
     "8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f49"
     "2580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a"
     "6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07"
     "a55ad5dfbe673a9f01d9f0c19617681024306b56ae",
     987654321, 131, "511e8e52ed574121fc1b654970395502128263f62662e076dc6baf05c2e6a99b"},
    {"010000000169c12106097dc2e0526493ef67f21269fe888ef05c7a3a5dacab38e1ac8387f14c1d000000ffffffff0"
     "101000000000000000000000000",
     0,
     "ad4830450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d891556dcc9022100baf95feb48f"
     "845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e01",
     200000, 1, "71c9cd9b2869b9c70b01b1f0360c148f42dee72297db312638df136f43311f23"},
    {"01000000019275cb8d4a485ce95741c013f7c0d28722160008021bb469a11982d47a6628964c1d000000ffffffff0"
     "101000000000000000000000000",
     0,
     "52af4830450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d891556dcc9022100baf95feb4"
     "8f845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e0148304502205286f726690b2e9b0207f03457"
     "11e63fa7012045b9eb0f19c2458ce1db90cf43022100e89f17f86abc5b149eba4115d4f128bcf45d77fb3ecdd34f5"
     "94091340c0395960175",
     200000, 1, "c1628a1e7c67f14ca0c27c06e4fdeec2e6d1a73c7a91d7c046ff83e835aebb72"},
};

static const char bip341_tx[] =
    "02000000097de20cbff686da83a54981d2b9bab3586f4ca7e48f57f5b55963115f3b334e9c010000000000000000d7"
    "b7cab57b1393ace2d064f4d4a2cb8af6def61273e127517d44759b6dafdd990000000000fffffffff8e1f583384333"
    "689228c5d28eac13366be082dc57441760d957275419a418420000000000fffffffff0689180aa63b30cb162a73c6d"
    "2a38b7eeda2a83ece74310fda0843ad604853b0100000000feffffffaa5202bdf6d8ccd2ee0f0202afbbb7461d9264"
    "a25e5bfd3c5a52ee1239e0ba6c0000000000feffffff956149bdc66faa968eb2be2d2faa29718acbfe3941215893a2"
    "a3446d32acd050000000000000000000e664b9773b88c09c32cb70a2a3e4da0ced63b7ba3b22f848531bbb1d5d5f4c"
    "94010000000000000000e9aa6b8e6c9de67619e6a3924ae25696bb7b694bb677a632a74ef7eadfd4eabf0000000000"
    "ffffffffa778eb6a263dc090464cd125c466b5a99667720b1c110468831d058aa1b82af10100000000ffffffff0200"
    "ca9a3b000000001976a91406afd46bcdfd22ef94ac122aa11f241244a37ecc88ac807840cb0000000020ac9a87f559"
    "4be208f8532db38cff670c450ed2fea8fcdefcc9a663f78bab962b0065cd1d";

static const struct {
	const char *script;
	uint64_t amount;
} bip341_coins[] = {
    {"512053a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343", 420000000},
    {"5120147c9c57132f6e7ecddba9800bb0c4449251c92a1e60371ee77557b6620f3ea3", 462000000},
    {"76a914751e76e8199196d454941c45d1b3a323f1433bd688ac", 294000000},
    {"5120e4d810fd50586274face62b8a807eb9719cef49c04177cc6b76a9a4251d5450e", 504000000},
    {"512091b64d5324723a985170e4dc5a0f84c041804f2cd12660fa5dec09fc21783605", 630000000},
    {"00147dd65592d0ab2fe0d0257d571abf032cd9db93dc", 378000000},
    {"512075169f4001aa68f15bbed28b218df1d0a62cbbcf1188c6665110c293c907b831", 672000000},
    {"5120712447206d7a5238acc7ff53fbe94a3b64539ad291c7cdbc490b7577e4b17df5", 546000000},
    {"512077e30a5522dd9f894c3f8b8bd4c4b2cf82ca7da8a3ea6a239655c39c050ab220", 588000000},
};

static const struct {
	size_t input;
	unsigned type;
	const char *key, *root, *tweak, *digest, *signature;
} bip341_inputs[] = {
    {0, 3, "6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa", "",
     "b86e7be8f39bab32a6f2c0443abbc210f0edac0e2c53d501b36b64437d9c6c70",
     "2514a6272f85cfa0f45eb907fcb0d121b808ed37c6ea160a5a9046ed5526d555",
     "ed7c1647cb97379e76892be0cacff57ec4a7102aa24296ca39af7541246d8ff14d38958d4cc1e2e478e4d4a764bbf"
     "d835b16d4e314b72937b29833060b87276c03"},
    {1, 131, "1e4da49f6aaf4e5cd175fe08a32bb5cb4863d963921255f33d3bc31e1343907f",
     "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
     "cbd8679ba636c1110ea247542cfbd964131a6be84f873f7f3b62a777528ed001",
     "325a644af47e8a5a2591cda0ab0723978537318f10e6a63d4eed783b96a71a4d",
     "052aedffc554b41f52b521071793a6b88d6dbca9dba94cf34c83696de0c1ec35ca9c5ed4ab28059bd606a4f3a657e"
     "ec0bb96661d42921b5f50a95ad33675b54f83"},
    {3, 1, "d3c7af07da2d54f7a7735d3d0fc4f0a73164db638b2f2f7c43f711f6d4aa7e64",
     "c525714a7f49c28aedbbba78c005931a81c234b2f6c99a73e4d06082adc8bf2b",
     "6af9e28dbf9d6aaf027696e2598a5b3d056f5fd2355a7fd5a37a0e5008132d30",
     "bf013ea93474aa67815b1b6cc441d23b64fa310911d991e713cd34c7f5d46669",
     "ff45f742a876139946a149ab4d9185574b98dc919d2eb6754f8abaa59d18b025637a3aa043b91817739554f4ed202"
     "6cf8022dbd83e351ce1fabc272841d2510a01"},
    {4, 0, "f36bb07a11e469ce941d16b63b11b9b9120a84d9d87cff2c84a8d4affb438f4e",
     "ccbd66c6f7e8fdab47b3a486f59d28262be857f30d4773f2d5ea47f7761ce0e2",
     "b57bfa183d28eeb6ad688ddaabb265b4a41fbf68e5fed2c72c74de70d5a786f4",
     "4f900a0bae3f1446fd48490c2958b5a023228f01661cda3496a11da502a7f7ef",
     "b4010dd48a617db09926f729e79c33ae0b4e94b79f04a1ae93ede6315eb3669de185a17d2b0ac9ee09fd4c64b678a"
     "0b61a0a86fa888a273c8511be83bfd6810f"},
    {6, 2, "415cfe9c15d9cea27d8104d5517c06e9de48e2f986b695e4f5ffebf230e725d8",
     "2f6b2c5397b6d68ca18e09a3f05161668ffe93a988582d55c6f07bd5b3329def",
     "6579138e7976dc13b6a92f7bfd5a2fc7684f5ea42419d43368301470f3b74ed9",
     "15f25c298eb5cdc7eb1d638dd2d45c97c4c59dcaec6679cfc16ad84f30876b85",
     "a3785919a2ce3c4ce26f298c3d51619bc474ae24014bcdd31328cd8cfbab2eff3395fa0a16fe5f486d12f22a9cedd"
     "ed5ae74feb4bbe5351346508c5405bcfee002"},
    {7, 130, "c7b0e81f0a9a0b0499e112279d718cca98e79a12e2f137c72ae5b213aad0d103",
     "6c2dc106ab816b73f9d07e3cd1ef2c8c1256f519748e0813e4edd2405d277bef",
     "9e0517edc8259bb3359255400b23ca9507f2a91cd1e4250ba068b4eafceba4a9",
     "cd292de50313804dabe4685e83f923d2969577191a3e1d2882220dca88cbeb10",
     "ea0c6ba90763c2d3a296ad82ba45881abb4f426b3f87af162dd24d5109edc1cdd11915095ba47c3a9963dc1e6c432"
     "939872bc49212fe34c632cd3ab9fed429c482"},
    {8, 129, "77863416be0d0665e517e1c375fd6f75839544eca553675ef7fdf4949518ebaa",
     "ab179431c28d3b68fb798957faf5497d69c883c6fb1e1cd9f81483d87bac90cc",
     "639f0281b7ac49e742cd25b7f188657626da1ad169209078e2761cefd91fd65e",
     "cccb739eca6c13a8a89e6e5cd317ffe55669bbda23f2fd37b0f18755e008edd2",
     "bbc9584a11074e83bc8c6759ec55401f0ae7b03ef290c3139814f545b58a9f8127258000874f44bc46db764632210"
     "7d4d86aec8e73b8719a61fff761d75b5dd981"},
};

static const struct {
	const char *key, *root, *tweak, *script, *address;
} bip341_scripts[] = {
    {"d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d", "",
     "b86e7be8f39bab32a6f2c0443abbc210f0edac0e2c53d501b36b64437d9c6c70",
     "512053a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343",
     "bc1p2wsldez5mud2yam29q22wgfh9439spgduvct83k3pm50fcxa5dps59h4z5"},
    {"187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27",
     "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
     "cbd8679ba636c1110ea247542cfbd964131a6be84f873f7f3b62a777528ed001",
     "5120147c9c57132f6e7ecddba9800bb0c4449251c92a1e60371ee77557b6620f3ea3",
     "bc1pz37fc4cn9ah8anwm4xqqhvxygjf9rjf2resrw8h8w4tmvcs0863sa2e586"},
    {"93478e9488f956df2396be2ce6c5cced75f900dfa18e7dabd2428aae78451820",
     "c525714a7f49c28aedbbba78c005931a81c234b2f6c99a73e4d06082adc8bf2b",
     "6af9e28dbf9d6aaf027696e2598a5b3d056f5fd2355a7fd5a37a0e5008132d30",
     "5120e4d810fd50586274face62b8a807eb9719cef49c04177cc6b76a9a4251d5450e",
     "bc1punvppl2stp38f7kwv2u2spltjuvuaayuqsthe34hd2dyy5w4g58qqfuag5"},
    {"ee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf3786592",
     "6c2dc106ab816b73f9d07e3cd1ef2c8c1256f519748e0813e4edd2405d277bef",
     "9e0517edc8259bb3359255400b23ca9507f2a91cd1e4250ba068b4eafceba4a9",
     "5120712447206d7a5238acc7ff53fbe94a3b64539ad291c7cdbc490b7577e4b17df5",
     "bc1pwyjywgrd0ffr3tx8laflh6228dj98xkjj8rum0zfpd6h0e930h6saqxrrm"},
    {"f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd8",
     "ab179431c28d3b68fb798957faf5497d69c883c6fb1e1cd9f81483d87bac90cc",
     "639f0281b7ac49e742cd25b7f188657626da1ad169209078e2761cefd91fd65e",
     "512077e30a5522dd9f894c3f8b8bd4c4b2cf82ca7da8a3ea6a239655c39c050ab220",
     "bc1pwl3s54fzmk0cjnpl3w9af39je7pv5ldg504x5guk2hpecpg2kgsqaqstjq"},
    {"e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6f",
     "ccbd66c6f7e8fdab47b3a486f59d28262be857f30d4773f2d5ea47f7761ce0e2",
     "b57bfa183d28eeb6ad688ddaabb265b4a41fbf68e5fed2c72c74de70d5a786f4",
     "512091b64d5324723a985170e4dc5a0f84c041804f2cd12660fa5dec09fc21783605",
     "bc1pjxmy65eywgafs5tsunw95ruycpqcqnev6ynxp7jaasylcgtcxczs6n332e"},
    {"55adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d",
     "2f6b2c5397b6d68ca18e09a3f05161668ffe93a988582d55c6f07bd5b3329def",
     "6579138e7976dc13b6a92f7bfd5a2fc7684f5ea42419d43368301470f3b74ed9",
     "512075169f4001aa68f15bbed28b218df1d0a62cbbcf1188c6665110c293c907b831",
     "bc1pw5tf7sqp4f50zka7629jrr036znzew70zxyvvej3zrpf8jg8hqcssyuewe"},
};

/* Of Core's sighash.json: each base type, with and without ANYONECANPAY, and an input without its
 * output. */
static const struct {
	const char *tx, *script;
	size_t input;
	int32_t type;
	const char *digest;
} core[] = {
    {"b240517501334021240427adb0b413433641555424f6d24647211e3e6bfbb22a8045cbda2f000000000071bac8630"
     "112717802000000000000000000",
     "6a5165abac52656551", 0, 1790414254,
     "2c8be597620d95abd88f9c1cf4967c1ae3ca2309f3afec8928058c9598660e9e"},
    {"c33028b301d5093e1e8397270d75a0b009b2a6509a01861061ab022ca122a6ba935b8513320200000000ffffffff0"
     "13bcf5a0500000000015200000000",
     "", 0, -513413204, "6b1459536f51482f5dbf42d7e561896557461e1e3b6bf67871e2b51faae2832c"},
    {"24f24cd90132b2162f938f1c22d3ca5e7daa83515883f31a61a5177aebf99d7db6bdfc398c010000000163fffffff"
     "f01d5562d0100000000016300000000",
     "5265ac5165ac5252ab", 0, 1055129103,
     "5eeb03e03806cd7bfd44bbba69c30f84c2c5120df9e68cd8facc605fcfbc9693"},
    {"fea256ce01272d125e577c0a09570a71366898280dda279b021000db1325f27edda41a53460100000002ab53c752c"
     "21c013c2b3a01000000000000000000",
     "65", 0, 1145543262, "076b9f844f6ae429de228a2c337c704df1652c292b6c6494882190638dad9efd"},
    {"d3b7421e011f4de0f1cea9ba7458bf3486bee722519efab711a963fa8c100970cf7488b7bb0200000003525352dcd"
     "61b300148be5d05000000000000000000",
     "535251536aac536a", 0, -1960128125,
     "29aa6d2d752d3310eba20442770ad345b7f6a35f96161ede5f07b33e92053e2a"},
    {"e3cdbfb4014d90ae6a4401e85f7ac717adc2c035858bf6ff48979dd399d155bce1f150daea0300000002ac51a67a0"
     "d39017f6c71040000000005535200535200000000",
     "", 0, -1899950911, "c1c7df8206e661d593f6455db1d61a364a249407f88e99ecad05346e495b38d7"},
    {"6f62138301436f33a00b84a26a0457ccbfc0f82403288b9cbae39986b34357cb2ff9b889b30200000004525365533"
     "5a7ff6701bac9960400000000086552ab656352635200000000",
     "6aac51", 0, 1444414211, "502a2435fd02898d2ff3ab08a3c19078414b32ec9b73d64a944834efc9dae10c"},
    {"5c45d09801bb4d8e7679d857b86b97697472d514f8b76d862460e7421e8617b15a2df217c6010000000863acacab6"
     "565006affffffff01156dbc03000000000952ac63516551ac6aac00000000",
     "6aabac", 0, 1310125891, "270445ab77258ced2e5e22a6d0d8c36ac7c30fff9beefa4b3e981867b03fa0ad"},
    {"b7877f82019c832707a60cf14fba44cfa254d787501fdd676bd58c744f6e951dbba0b3b77f0200000009ac515263a"
     "c53525300a5a36e500148f89c0500000000085265ac6a6a65acab00000000",
     "6563", 0, -1785108415, "cb6e4322955af12eb29613c70e1a00ddbb559c887ba844df0bcdebed736dffbd"},
    {"1d9c5df20139904c582285e1ea63dec934251c0f9cf5c47e86abfb2b394ebc57417a81f67c010000000353515222b"
     "a722504800d3402000000000353656a3c0b4a0200000000000fb8d20500000000076300ab005200516462f3040000"
     "0000015200000000",
     "ab65", 0, -210854112, "edf73e2396694e58f6b619f68595b0c1cdcb56a9b3147845b6d6afdb5a80b736"},
    {"25ee54ef0187387564bb86e0af96baec54289ca8d15e81a507a2ed6668dc92683111dfb7a50100000004005263634"
     "cecf17d0429aa4d000000000007636a6aabab5263daa75601000000000251ab4df70a01000000000151980a890400"
     "000000065253ac6a006377fd24e3",
     "65ab", 0, 797877378, "069f38fd5d47abff46f04ee3ae27db03275e9aa4737fa0d2f5394779f9654845"},
    {"44ca65b901259245abd50a745037b17eb51d9ce1f41aa7056b4888285f48c6f26cb97b7a25020000000552636363a"
     "bffffffff047820350400000000040053acab14f3e603000000000652635100ab630ce66c03000000000001bdc704"
     "000000000765650065ac51ac3e886381",
     "51", 0, -263340864, "ed5622ac642d11f90e68c0feea6a2fe36d880ecae6b8c0d89c4ea4b3d162bd90"},
    {"f3f771ae02939752bfe309d6c652c0d271b7cab14107e98032f269d92b2a8c8853ab057da8010000000563ab6a636"
     "5670c305c38f458e30a7c0ab45ee9abd9a8dc03bae1860f965ffced879cb2e5d0bb156821020000000153ffffffff"
     "025dc619050000000002ac51ec0d250100000000076a5200636a6363333aecd8",
     "650053ac515100ab", 1, 1812404608,
     "a7aa34bf8a5644f03c6dd8801f9b15ba2e07e07256dbf1e02dad59f0d3e17ea9"},
    {"009046a1023f266d0113556d604931374d7932b4d6a7952d08fbd9c9b87cbd83f4f4c178b4030000000452ac52634"
     "6e73b438c4516c60edd5488023131f07acb5f9ea1540b3e84de92f4e3c432289781ea4900000000046500655357df"
     "d6da02baef910100000000026a007d101703000000000800516500abacac5100000000",
     "6aab6553ac", 0, -802456605,
     "f8757fbb4448ca34e0cd41b997685b37238d331e70316659a9cc9087d116169d"},
};

/* Of Core's key_io_valid.json: the addresses. */
static const struct {
	const char *text, *script;
	enum btc_network network;
} addresses[] = {
    {"1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", "76a914a31c06bd463e3923bc1aadbde48b16976c08071788ac",
     BTC_MAIN},
    {"36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "a914373b819a068f32b7a6b38b6b38729647cfde01c287",
     BTC_MAIN},
    {"mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", "76a914ce28b26c57472737f5c3561a1761185bd8589a4388ac",
     BTC_TEST},
    {"2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK", "a914ce0bba75891ff9ec60148d4bd4a09ee2dc5c933187",
     BTC_TEST},
    {"mww4LvqtTMKvmeQvizPz2EQv26xTneWrbg", "76a914b4110ba93ac54afc14da3bdd19614774a2d55d2988ac",
     BTC_SIGNET},
    {"2N1r7aC69VHeE7yQJPDLi9T1PYq4wnwvjuT", "a9145e5a35ab44b3efaea5129ba22b88ba3e2976614587",
     BTC_SIGNET},
    {"n4fajahJrAuKbN7uNsKjLjQkz9Qn5ewJXQ", "76a914fdeca3b08e38af53d7c4c60e3ad208ce5066441088ac",
     BTC_REGTEST},
    {"2MxFajLApXpYk4VodBSZSt7rw8y4ryABkfA", "a91436e9f191e0b75036a77f65e2eaa4752443233fbe87",
     BTC_REGTEST},
    {"bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv", "00146100fc6343edc8c874496cb2f5bbfec88ea9b77c",
     BTC_MAIN},
    {"bc1qyucykdlhp62tezs0hagqury402qwhk589q80tqs5myh3rxq34nwqhkdhv7",
     "002027304b37f70e94bc8a0fbf500e0c957a80ebda87280ef58214d92f119811acdc", BTC_MAIN},
    {"bc1p83n3au0rjylefxq2nc2xh2y4jzz4pm6zxj4mw5pagdjjr2a9f36s6jjnnu",
     "51203c671ef1e3913f94980a9e146ba895908550ef4234abb7503d436521aba54c75", BTC_MAIN},
    {"bc1z2rksukkjr8", "520250ed", BTC_MAIN},
    {"tb1qcrh3yqn4nlleplcez2yndq2ry8h9ncg3qh7n54", "0014c0ef1202759fff90ff19128936814321ee59e111",
     BTC_TEST},
    {"tb1quyl9ujpgwr2chdzdnnalen48sup245vdfnh2jxhsuq3yx80rrwlq5hqfe4",
     "0020e13e5e482870d58bb44d9cfbfccea78702aad18d4ceea91af0e022431de31bbe", BTC_TEST},
    {"tb1p35n52jy6xkm4wd905tdy8qtagrn73kqdz73xe4zxpvq9t3fp50aqk3s6gz",
     "51208d2745489a35b75734afa2da43817d40e7e8d80d17a26cd4460b0055c521a3fa", BTC_TEST},
    {"tb1rgv5m6uvdk3kc7qsuz0c79v88ycr5w4wa", "53104329bd718db46d8f021c13f1e2b0e726", BTC_TEST},
    {"tb1q3vya2h5435jkugq2few7dmktlrwq4ejmfaw7kr", "00148b09d55e958d256e200a4e5de6eecbf8dc0ae65b",
     BTC_SIGNET},
    {"tb1qxkhrl2s6ttrclckldruea0e8anhrehffl8xv7t0pdyrzm08v2hyqy408nf",
     "002035ae3faa1a5ac78fe2df68f99ebf27ecee3cdd29f9cccf2de169062dbcec55c8", BTC_SIGNET},
    {"tb1pae5um27ahn8n73pgexe3kcwlp8dhswpn684h2k2w6t9a7w3eq65qephd5y",
     "5120ee69cdabddbccf3f4428c9b31b61df09db783833d1eb75594ed2cbdf3a3906a8", BTC_SIGNET},
    {"tb1rx9n9g37az8mu236e5jpxdt0m67y4fuq8rhs0ss3djnm0kscfrwvq0ntlyg",
     "532031665447dd11f7c54759a48266adfbd78954f0071de0f8422d94f6fb43091b98", BTC_SIGNET},
    {"bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9", "00146f58bac9506f9bfb821d62e69330410bb56f0085",
     BTC_REGTEST},
    {"bcrt1qan8gntac7z7me2ejt4hpru42ad2f759fmy0m3ejvs98656znv7eqga4uhv",
     "0020ecce89afb8f0bdbcab325d6e11f2aaeb549f50a9d91fb8e64c814faa685367b2", BTC_REGTEST},
    {"bcrt1pfwxjqvtt4tcxrtdluukfmy2dv7xd2qzdfy6kajv5nwn4yam3wxkq3553uh",
     "51204b8d20316baaf061adbfe72c9d914d678cd5004d49356ec9949ba752777171ac", BTC_REGTEST},
    {"bcrt1sx6p8njlx7h9mc2agz4yg82dzne23050ncq72cneeecez2pst8mahn8xecsf8g6hzx94420",
     "6028368279cbe6f5cbbc2ba8154883a9a29e5517d1f3c03cac4f39ce3225060b3efb799cd9c412746ae2",
     BTC_REGTEST},
    {"1FjL87pn8ky6Vbavd1ZHeChRXtoxwRGCRd", "76a914a19331b7b2627e663e25a7b001e4c0dcc5e21bc788ac",
     BTC_MAIN},
    {"3BZECeAH8gSKkjrTx8PwMrNQBLG18yHpvf", "a9146c382dcdf5b284760c8e3fead91f7422cd76aa8787",
     BTC_MAIN},
    {"n4YNbYuFdPwFrxSP8sjHFbAhUbLMUiY9jE", "76a914fc8f9851f3c1e4719cd0b8e4816dd4e88c72e52888ac",
     BTC_TEST},
    {"2NAeQVZayzVFAtgeC3iYJsjpjWDmsDph71A", "a914bedc797342c03fd7a346c4c7857ca03d467013b687",
     BTC_TEST},
    {"mnCBpkNMJEJLehgdEkzSo2eioniyJMxLpZ", "76a914493c455551e48a1423263b62b127b436106a685488ac",
     BTC_SIGNET},
    {"2N5sNHomeNJDZv67AcFx9ES7FBZY4jx9KDA", "a9148a776a0f34d56b63e7c595f2b205dbe1c393617a87",
     BTC_SIGNET},
    {"mfhE6jAUwjUDNZhaX1PAsDTKfneQF2Nshc", "76a91401f15a4cc063dae4f4d56b89bfbc8bcc9ae5387c88ac",
     BTC_REGTEST},
    {"2MxNm1VHyVU4RuP3u1c1v5aQLk2dQjwy1Qk", "a91438456f7c076356abadcc67b92ad777eb20fb9f8887",
     BTC_REGTEST},
    {"bc1qhxt04s5xnpy0kxw4x99n5hpdf5pmtzpqs52es2", "0014b996fac2869848fb19d5314b3a5c2d4d03b58820",
     BTC_MAIN},
    {"bc1qgc9ljrvdf2e0zg9rmmq86xklqwfys7r6wptjlacdgrcdc7sa6ggqu4rrxf",
     "0020460bf90d8d4ab2f120a3dec07d1adf039248787a70572ff70d40f0dc7a1dd210", BTC_MAIN},
    {"bc1pve739yap4uxjvfk0jrey69078u0gasm2nwvv483ec6zkzulgw9xqu4w9fd",
     "5120667d1293a1af0d2626cf90f24d15fe3f1e8ec36a9b98ca9e39c6856173e8714c", BTC_MAIN},
    {"bc1zmjtqxkzs89", "5202dc96", BTC_MAIN},
    {"tb1ql4k5ayv7p7w0t0ge7tpntgpkgw53g2payxkszr", "0014fd6d4e919e0f9cf5bd19f2c335a03643a914283d",
     BTC_TEST},
    {"tb1q9jx3x2qqdpempxrcfgyrkjd5fzeacaqj4ua7cs7fe2sfd2wdaueq5wn26y",
     "00202c8d1328006873b098784a083b49b448b3dc7412af3bec43c9caa096a9cdef32", BTC_TEST},
    {"tb1pdswckwd9ym5yf5eyzg8j4jjwnzla8y0tf9cp7aasfkek0u29sz9qfr00yf",
     "51206c1d8b39a526e844d324120f2aca4e98bfd391eb49701f77b04db367f145808a", BTC_TEST},
    {"tb1r0ecpfxg2udhtc556gqrpwwhk4sw3f0kc", "53107e7014990ae36ebc529a4006173af6ac", BTC_TEST},
    {"tb1q6mwf89hnqhlu8txjgjfs4s7p93ugffn3k062ll", "0014d6dc9396f305ffc3acd244930ac3c12c7884a671",
     BTC_SIGNET},
    {"tb1qafrjalu4d73dql0czau9j6z422434kef235mzljf48ckd5xz3sys09jm97",
     "0020ea472eff956fa2d07df8177859685552ab1adb295469b17e49a9f166d0c28c09", BTC_SIGNET},
    {"tb1pwst9qszjrhuv2e7as0flcq9gm698v6gdxzz9e87p07s8rssdx3zqklm3vf",
     "512074165040521df8c567dd83d3fc00a8de8a76690d30845c9fc17fa071c20d3444", BTC_SIGNET},
    {"tb1r3ss76jtsuxe8c8c8lxsehnpak55ylrgr345pww076l536ahjr6jsydamx3",
     "53208c21ed4970e1b27c1f07f9a19bcc3db5284f8d038d681739fed7e91d76f21ea5", BTC_SIGNET},
    {"bcrt1q65nhlm4hf2ptg3t264al57p7wjxj2c3s6kyt83", "0014d5277feeb74a82b4456ad57bfa783e748d256230",
     BTC_REGTEST},
    {"bcrt1qawvc90lpytw3z3k9etdx54l0exq5f5sqfzu5e45kjnl6slwayeeqx2dyac",
     "0020eb9982bfe122dd1146c5cada6a57efc98144d20048b94cd69694ffa87ddd2672", BTC_REGTEST},
    {"bcrt1p39a4s4vdcw9kqa8w2t0rp7aj8kfxyw7mce5sk5d70x6wnnmpvt7skf2kxy",
     "5120897b58558dc38b6074ee52de30fbb23d92623bdbc6690b51be79b4e9cf6162fd", BTC_REGTEST},
    {"bcrt1s489d9fhmyel0vzfqsrmew4x7r80asuqesm5hgqacy35daflcyufh3j8cgdtflvt99ph05m",
     "6028a9cad2a6fb267ef6092080f79754de19dfd8701986e97403b82468dea7f8271378c8f843569fb165",
     BTC_REGTEST},
    {"1G9A9j6W8TLuh6dEeVwWeyibK1Uc5MfVFV", "76a914a614da54daacdb8861f451a0b7e3c27cdf8a099e88ac",
     BTC_MAIN},
    {"33GA3ZXbw5o5HeUrBEaqkWXFYYZmdxGRRP", "a914113ca1afeb49ff3abf176ffa19c2a2b4df19712a87",
     BTC_MAIN},
    {"mwgS2HRbjyfYxFnR1nF9VKLvmdgMfFBmGq", "76a914b14ce7070b53cb0e4b5b5f6e253e876990aeca2e88ac",
     BTC_TEST},
    {"2MwBVrJQ76BdaGD76CTmou8cZzQYLpe4NqU", "a9142b2c149cde619eae3d7fe995243b76a3417541aa87",
     BTC_TEST},
    {"mfnJ8tEkqKNFE5YaHTXFxyHk2mnDK2fvDh", "76a91402e6cd77e649ad8b281271f158fc964ca3f66cb088ac",
     BTC_SIGNET},
    {"2My83D67ir7K8PPzeT6mE2oth3ZwNTVRS9F", "a9144074d84d32ff62da7b1b3c61925b934bfeb34b0587",
     BTC_SIGNET},
};

/* Of Core's key_io_invalid.json: valid on no network, neither as key nor as address. */
static const char *const no_addresses[] = {
    "",
    "x",
    "1GAdfviErV2Ew95FPtZyikz2qGP3gyCB6Hyu94sedAkPpA523m3fQwps9YKUZkKgQckGPKhRsFR",
    "37G2kMDLpmWVhimxRdzwNfE8JFvWXnJYnVcXeeGrek2qumdJuK7XArcVVpRtLLjRra3t64BEPF2",
    "giymtio7u7oqWtmC9YnvAEKkLF3JQpAdkEFkVJKYrVDfaLbhaDpX1ihfF2vZmya1i61fwLPC3YQ",
    "8iVk9nLM3nYwRuwypjy9NK5rsuZH7BbrQRZ1pgcQmvMnjAgRXD",
    "cPTVQ1hbo4qdoysf6Jx5GthqucNmdfqt6J2pZRFeXv8Ep7Kmjqud",
    "cQbR2Ny85XFBzUMx3Ed6HsTLw2pVruSgPvt5AofnBUnhiv86gYeW",
    "2UB3iG3VJbX2TRrMwm6ssWskgvU9VjFBYSqCzwqkrihCwo7mg4mtS4WuGZgxTKuxf5A3EcotYEymz",
    "cQe12pqwPR6ExtZKfrKf1q4b3CTh1Qi7MwuvMvzs79nWXDvESfBJ",
    "tc1qeul5g2xfkvdkrhcfmdursv73ad64jnkjl9c40f",
    "bt1pq65rzej5glw3ra79gav6fqnx4haa0z257qr3mc8cggkefahmgvyseufhc0",
    "tb13hty4qmumlwpp6chxjvcyzza4duqgtmxw3xhm3u9ahj4nyhtwz8eq7ynrj4",
    "bcrt1r2qxpwuge",
    "bc10uexgzna2dpfk0vjt35srz6a27ps6m0l89jweznt83n2sqn2fx4hvn9ym5af8wut34sfrqhk3",
    "tb1qum6uh0pt4q253qaf520929737v63w5gf",
    "bcrt1q888ryfgxpvl0k7vum8zpyar2u2sexvdhkf38ue37yknmqq0ycrwpl3w48y",
    "bc1qdsuzmn04k2z8vryw8l4dj8m5ygqgnne5n",
    "tb1qlj8es50nc8j8r8xshrjgzmw5azx89efghmw8ju6zcqla0g6xcnrstsjz7k",
    "bcrt1qzwmyj0z924g7fzs5yvnrkc43y76RVyr2lh5t4r",
    "bc1qpu6d26mrulzetu4jqhd7rsunv9aqru26f5c4j8",
    "tb1qun6d26ufh77ghny6u5u8cwz9da7qwc6k4wkuceae9tth06eqlw0syupl4w",
    "bcrt1qj7g2jps453kj9htk9cxyyc2nxe69x4kzzmth7v",
    "bc1p702xksx4z3uqf0u2phllxkfe5cgu0adxptqs0uelx0tqt8e885sqryes2l",
    "tb1z7gmh0v6pc30z4xum76lmw8w86yswrlmw",
    "bcrt1sjsrw6nun4h502cr97xmnyyuhkr22q0s6efrgtu",
    "2UVPFpGYnLHJezFzjUo42our6PMEoozzRdM",
    "2MygHQjE1U33q3LSC53p69YqFjP8PihumJAF",
    "KzNbAQ4mexfAxa6RKBzHQqfoTycaeWpv2p",
    "2jDPrDfAKihCGPbPD9ztY8TswAia4V8Bc6vx",
    "4VQUNG1hG64QFtaNyQZQWDdwpxB275Pwb3tvyPt2HDxB8Mi2MgH8Tz3AC83YYiz9LydsLNXEZJLHY",
    "39TKsUQ5QpEL1wowc6GMUqak94ijirPuP69ooV3xsFmiKQX2dau",
    "2UEJjT3dSdwc8dAo7oedPzznXceXCEsBbDfAvSymqpqDrkZMv7JBEUpLyhkghioYAWC9W4sKysry",
    "7VmMEkphxCFSV1y659Th4dkk6x6bJS5eQvbt8rzUYKQyd6ACgwQ4vXHtXKFUwP2kW3XULipnHJdZ7",
    "tc1qdlapns4zkn03juf2k9xwwpct209suj6mgcd9gh",
    "bt1psa5eptk29c4jc9yumeseat3a0l5e2fpmw635za2p4gpwdnthueysxga9je",
    "tb13w8c43lykfj3lvm9sgp6dsnfjla3d57cm83seykunf0ltxjc9lt2q4efm4d",
    "bcrt1rjqr2tdkm",
    "bc10lyxwnxa70l270e6fcmxr4x7dtgu2yvy7gzkurwxy4zhdvgaqrrn6pfg2flyhqzy5t5se8yu3",
    "TB1QFDFM763VXVSUNZHQLPWC0Q8FG5LJX6ZN",
    "bcrt1q60chha7wfwlau4kdr4mlvyeyc8mnnh9dhxk05e0hmrxcuhghefj36uwyha",
    "bc1gmk9yu",
    "tb1ly0q7p",
    "bcrt1qdwttaw38uf42wxw40kwk3u8nguyTQH3hx6jmqp",
    "bc1qtsvlht6730n04f2mpaj5vv8hrledn5n5ug8c79",
    "tb1dclvmr",
    "bcrt1q3fqvctqu48wsvggrt09vj0yk2gzzcscdp4h98u",
    "bc1prklpq7tjcawg89cmwwqr3u5apwav36xa4zz56ady7crsllm6mpnqts7p86",
    "tb1zkm58zyhxz3ffkfgsyprflg543slsl4c4",
    "bcrt1snzr5kaypnfhpnjanrhd20fhqcjxm3hfh7dw9fu",
    "2GgnYKqBGuA2Mm5GnrPsMTZR81xPhNtgMYoFUZngZGiobhCuUpCaTriUHRcgFreEekNdPAR17q8d",
    "AZEah8d1EK362okRBS66e8SvdtYkrE8tsX",
    "gep8xr77FyPW6zYP15RiV9W8nL6w2HyHB16cUDakfyDceMA6ZzUdhJjk2LPuLYHnLkBqkRTTi6z",
    "2NDNP7GY59tTJPZTpbkprhM9SR99Nn5rUs7",
    "2Csgzy2T287YAjeU5tFtt1nPshBZAUFQi4WtgaWyZGKSBNnKXHy2Tmxo8QK4Mfdds977ShcDWC5o",
    "Kwjk3Vy6sdXMQDGWJzaWmqFxUNtWZCX1q4F4Kpt8jNNUoWJUUaTY",
    "Svj8kk98bAS9V4L2crmxakbhmnPm3cJ1tJ4Je4yVzDreU8eSTFURS1SPYv5oWEQD8Q9VBDvx5uF",
    "KNYsv6v9GtkGeD4WdQnBEJCrPKQm91PTxAbCfXr66LEd4JDmhPWC",
    "2UJ2H2xvAeXmFKfQwMyDoSdQTTPFMNCT3SsoUafBWKzoGP3NsUK1buEgQZG38viyD53jgMdpqfT7",
    "6aLMfayKF4TW4ecn5SEc8FExpyJA2peKxYRGZhes6tQ4NTTzuGy",
    "7VP4FmcebU2thJns9MnXde7LWfuqR5vMizrAuUoq2GcJjzTyA4RHFcPVdZL8PLg1SbpSFdJrvLXoY5",
    "tc1q5qdvt99uc92jyz663dtdpfpv6nr67ahmgwcpq2",
    "bt1peu3ppd7x796sjjenp09r8cs22rhylqm9lhggk72qp8q22vzft0wq2a0x6j",
    "tb1323z3lnz7dl3kd0nsuh6xy4he9almzl67anxgg3xdzkaxc9rwntlqdhdzd7",
    "bcrt1r2gc42sky",
    "bc10fd889x4hd54tqu2ewg9t4hhft2wl7m6x50av4uswzw46xe6as0xmltfg7vrjfkvm459vld7w",
    "TB1QZY7V0F2AT3308YGGNGN66ULJTCN3RY6F",
    "bcrt1qjg3cwht92znyw0l4r5rtctmls337nrc7g0ry9drjxmlecjd3atl3fake7c",
    "bc1qmgf8xt8xkecl79k04mma3lz34gqep7hg4",
    "TB1Q3F9WGNXE9ZMTTMDN5VKVKHYZ8Y0LCV72YV7V5LSXTJXEYHNHEHASLYL0TZ",
};

static size_t
bytes_of(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	EXPECT(hex_parse(span_of(hex), false, out, n));
	return n;
}

static void
expect_hex(const unsigned char *bytes, size_t n, const char *want)
{
	char hex[2 * 200 + 1];

	hex_print(bytes, n, hex);
	EXPECT_STR(hex, want);
}

static unsigned char raw[100000];
static struct btc_tx tx;

/* Read a transaction, and look whether it comes out again. */
static void
read_tx(const char *hex)
{
	size_t n = bytes_of(hex, raw);
	struct cursor c = cursor_of((struct span){(char *)raw, n});
	struct btc_view v;
	struct buf out;
	unsigned char a[32], b[32];

	EXPECT(btc_view_read(&c, false, &v) && cursor_done(&c) && btc_tx_of(&v, &tx));
	buf_init(&out, sizeof raw);
	btc_tx_print(&tx, &out);
	EXPECT(span_equal(buf_span(&out), v.whole));
	btc_view_txid(&v, a);
	btc_tx_txid(&tx, b);
	EXPECT(memcmp(a, b, 32) == 0 && btc_view_vsize(&v) == n);
	buf_release(&out);
}

static void
segwit_v0(void)
{
	for (size_t i = 0; i < sizeof bip143 / sizeof *bip143; i++) {
		unsigned char code[1000], digest[32];
		size_t n = bytes_of(bip143[i].code, code);
		struct btc_sighash s;

		read_tx(bip143[i].tx);
		tx.inputs[bip143[i].input].known = true;
		tx.inputs[bip143[i].input].amount = bip143[i].amount;
		btc_sighash_init(&s, &tx);
		btc_sighash_v0(&s, bip143[i].input, (struct span){(char *)code, n}, bip143[i].type,
			       digest);
		expect_hex(digest, 32, bip143[i].digest);
	}
}

static void
taproot_inputs(void)
{
	static unsigned char scripts[16][64];
	struct btc_sighash s;

	read_tx(bip341_tx);
	for (size_t i = 0; i < sizeof bip341_coins / sizeof *bip341_coins; i++) {
		tx.inputs[i].known = true;
		tx.inputs[i].amount = bip341_coins[i].amount;
		tx.inputs[i].coin_script =
		    (struct span){(char *)scripts[i], bytes_of(bip341_coins[i].script, scripts[i])};
	}
	btc_sighash_init(&s, &tx);
	for (size_t i = 0; i < sizeof bip341_inputs / sizeof *bip341_inputs; i++) {
		unsigned char key[32], root[32], tweak[32], digest[32], xonly[32], have[65];
		unsigned char none[32] = {0};
		bool has_root = bip341_inputs[i].root[0];
		struct secp_pair pair;

		bytes_of(bip341_inputs[i].key, key);
		bytes_of(bip341_inputs[i].root, root);
		EXPECT(secp_pair_make(key, &pair));
		secp_pair_xonly(&pair, xonly);
		btc_tap_tweak(xonly, has_root ? root : NULL, tweak);
		expect_hex(tweak, 32, bip341_inputs[i].tweak);
		EXPECT(btc_sighash_v1(&s, bip341_inputs[i].input, bip341_inputs[i].type, NULL,
				      digest));
		expect_hex(digest, 32, bip341_inputs[i].digest);
		EXPECT(secp_pair_add(&pair, tweak));
		EXPECT(secp_schnorr_sign(&pair, digest, none, have));
		have[64] = (unsigned char)bip341_inputs[i].type;
		expect_hex(have, bip341_inputs[i].type ? 65 : 64, bip341_inputs[i].signature);
	}
	EXPECT(!btc_sighash_v1(&s, 0, 4, NULL, raw) && !btc_sighash_v1(&s, 0, 0x80, NULL, raw));
	tx.inputs[3].known = false;
	btc_sighash_init(&s, &tx);
	EXPECT(!btc_sighash_v1(&s, 0, 0, NULL, raw));
}

static void
taproot_scripts(void)
{
	for (size_t i = 0; i < sizeof bip341_scripts / sizeof *bip341_scripts; i++) {
		unsigned char key[32], root[32], tweak[32], out[32];
		struct btc_script script;
		char text[BTC_ADDRESS_MAX];
		int parity;

		bytes_of(bip341_scripts[i].key, key);
		bytes_of(bip341_scripts[i].root, root);
		btc_tap_tweak(key, bip341_scripts[i].root[0] ? root : NULL, tweak);
		expect_hex(tweak, 32, bip341_scripts[i].tweak);
		EXPECT(secp_xonly_add(key, tweak, out, &parity));
		expect_hex(out, 32, bip341_scripts[i].script + 4);
		EXPECT(btc_address_parse(span_of(bip341_scripts[i].address), BTC_MAIN, &script));
		expect_hex(script.bytes, script.n, bip341_scripts[i].script);
		EXPECT(btc_address_print(btc_script_span(&script), BTC_MAIN, text));
		EXPECT_STR(text, bip341_scripts[i].address);
		if (bip341_scripts[i].root[0])
			continue;
		EXPECT(btc_p2tr(key, &script));
		expect_hex(script.bytes, script.n, bip341_scripts[i].script);
	}
}

/* The script without its CODESEPARATORs, as the original digest wants it. */
static size_t
without_separators(unsigned char *script, size_t n)
{
	size_t to = 0, at = 0;

	while (at < n) {
		unsigned op = script[at];
		size_t step = 1, len = 0;

		if (op <= 75)
			len = op;
		else if (op >= 76 && op <= 78 && at + ((size_t)1 << (op - 76)) < n)
			for (size_t k = (size_t)1 << (op - 76); k > 0; k--)
				len = len << 8 | script[at + k];
		if (op >= 76 && op <= 78)
			step += (size_t)1 << (op - 76);
		step += len;
		if (step > n - at)
			step = n - at;
		if (op != 0xab) {
			memmove(script + to, script + at, step);
			to += step;
		}
		at += step;
	}
	return to;
}

static void
expect_core(const char *hex, const char *script_hex, size_t input, int32_t type, const char *want)
{
	unsigned char script[2000], digest[32];
	char have[BTC_TXID_TEXT];
	size_t n = without_separators(script, bytes_of(script_hex, script));
	struct btc_sighash s;

	read_tx(hex);
	btc_sighash_init(&s, &tx);
	btc_sighash_legacy(&s, input, (struct span){(char *)script, n}, (uint32_t)type, digest);
	btc_txid_print(digest, have);
	EXPECT_STR(have, want);
}

static void
core_rows(void)
{
	for (size_t i = 0; i < sizeof core / sizeof *core; i++)
		expect_core(core[i].tx, core[i].script, core[i].input, core[i].type,
			    core[i].digest);
}

static void
copy(struct span from, char *out, size_t max)
{
	struct span text = {"", 0};

	EXPECT(json_plain(from, &text) && text.len < max);
	memcpy(out, text.ptr, text.len);
	out[text.len] = 0;
}

static void
core_file(void)
{
	const char *shared = getenv("TRADEPIPE_SHARED");
	static char text[1 << 18], hex[20000], script[4000], digest[70];
	char path[4096];
	struct json_walk rows;
	struct span row, cell[5];
	size_t n, seen = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/vectors/core/sighash.json", shared ? shared : "../shared");
	f = fopen(path, "r");
	if (!f) {
		printf("skipped: no %s\n", path);
		return;
	}
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	EXPECT(json_check((struct span){text, n}, NULL) == JSON_OK);
	rows = json_walk(json_trim((struct span){text, n}));
	while (json_next_element(&rows, &row)) {
		struct json_walk cells = json_walk(row);
		size_t k = 0;
		uint64_t input;

		while (k < 5 && json_next_element(&cells, &cell[k]))
			k++;
		if (k != 5)
			continue;
		copy(cell[0], hex, sizeof hex);
		copy(cell[1], script, sizeof script);
		copy(cell[4], digest, sizeof digest);
		EXPECT(number_u64(cell[2], &input));
		expect_core(hex, script, (size_t)input, (int32_t)strtol(cell[3].ptr, NULL, 10),
			    digest);
		seen++;
	}
	EXPECT(seen == 500);
}

static void
address_rows(void)
{
	struct btc_script script;

	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		char text[BTC_ADDRESS_MAX], changed[BTC_ADDRESS_MAX];
		struct span address = span_of(addresses[i].text);
		enum btc_network other = addresses[i].network == BTC_MAIN ? BTC_REGTEST : BTC_MAIN;

		EXPECT(btc_address_parse(address, addresses[i].network, &script));
		expect_hex(script.bytes, script.n, addresses[i].script);
		EXPECT(btc_address_print(btc_script_span(&script), addresses[i].network, text));
		EXPECT(strcasecmp(text, addresses[i].text) == 0);
		EXPECT(!btc_address_parse(address, other, &script));
		for (size_t k = 0; k < address.len; k++) {
			memcpy(changed, text, address.len + 1);
			changed[k] = text[k] == 'q' ? 'p' : 'q';
			EXPECT(!btc_address_parse(span_of(changed), addresses[i].network, &script));
		}
	}
	for (size_t i = 0; i < sizeof no_addresses / sizeof *no_addresses; i++)
		for (enum btc_network net = BTC_MAIN; net <= BTC_REGTEST; net++)
			EXPECT(!btc_address_parse(span_of(no_addresses[i]), net, &script));
}

/* Bitcoin Core's dust limits (policy.cpp has them in its comments, and a node says them) */
static void
dust(void)
{
	struct btc_script script;
	static const struct {
		const char *address;
		uint64_t dust;
	} rows[] = {{"1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo", 546},
		    {"36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", 540},
		    {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 294},
		    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", 330}};

	for (size_t i = 0; i < 4; i++) {
		EXPECT(btc_address_parse(span_of(rows[i].address), BTC_MAIN, &script));
		EXPECT(btc_dust(btc_script_span(&script)) == rows[i].dust);
	}
}

static void
multisig(void)
{
	struct btc_multi multi = {.m = 2, .n = 3}, again;
	unsigned char key[32] = {0};
	struct buf out;

	/* BIP67's second vector */
	bytes_of("02632b12f4ac5b1d1b72b2a3b508c19172de44f6f46bcee50ba33f3f9291e47ed0",
		 multi.keys[0]);
	bytes_of("027735a29bae7780a9755fae7a1c4374c656ac6a69ea9f3697fda61bb99a4f3e77",
		 multi.keys[1]);
	bytes_of("02e2cc6bd5f45edd43bebe7cb9b675f0ce9ed3efe613b177588290ad188d11b404",
		 multi.keys[2]);
	memcpy(raw, multi.keys, 99);
	memcpy(multi.keys[0], raw + 66, 33);
	memcpy(multi.keys[2], raw, 33);
	btc_multi_sort(&multi);
	EXPECT(memcmp(multi.keys, raw, 99) == 0);
	buf_init(&out, BTC_WITNESS_SCRIPT_MAX);
	btc_multi_print(&multi, &out);
	EXPECT(btc_multi_parse(buf_span(&out), &again) && again.m == 2 && again.n == 3);
	EXPECT(memcmp(again.keys, multi.keys, 99) == 0);
	for (size_t i = 0; i < out.len; i++) {
		/* a byte of a key can be another key; no other byte may change */
		if (i == 0 || (i - 1) % 34 == 0 || i + 2 >= out.len) {
			out.ptr[i] ^= 0x20;
			EXPECT(!btc_multi_parse(buf_span(&out), &again));
			out.ptr[i] ^= 0x20;
		}
	}
	for (unsigned i = 0; i < 16; i++) {
		key[31] = (unsigned char)(i + 1);
		EXPECT(secp_public_of(key, multi.keys[i]));
	}
	multi.m = multi.n = 16;
	buf_clear(&out);
	btc_multi_print(&multi, &out);
	EXPECT(buf_ok(&out) && btc_multi_parse(buf_span(&out), &again) && again.n == 16);
	buf_release(&out);
}

static void
htlc(void)
{
	static const uint32_t locks[] = {1,	    16,		17,	    127,	128,
					 255,	    256,	500,	    32768,	840000,
					 499999999, 1763715600, 0x7fffffff, 0x80000000, 0xffffffff};
	struct btc_htlc h, again;
	unsigned char key[32] = {[31] = 5};
	struct buf out;

	memset(h.hash, 0xab, 32);
	EXPECT(secp_public_of(key, h.claim));
	key[31] = 6;
	EXPECT(secp_public_of(key, h.refund));
	buf_init(&out, BTC_WITNESS_SCRIPT_MAX);
	for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
		h.lock = locks[i];
		buf_clear(&out);
		btc_htlc_print(&h, &out);
		EXPECT(btc_htlc_parse(buf_span(&out), &again));
		EXPECT(again.lock == h.lock && memcmp(again.hash, h.hash, 32) == 0 &&
		       memcmp(again.claim, h.claim, 33) == 0 &&
		       memcmp(again.refund, h.refund, 33) == 0);
		EXPECT(!btc_htlc_parse((struct span){out.ptr, out.len - 1}, &again));
		for (size_t k = 0; k < out.len; k++) {
			bool varies = (k >= 7 && k < 39) || (k >= 41 && k < 74) ||
				      (k >= 77 && k < 110) || (k >= 111 && k < out.len - 2);

			if (varies)
				continue;
			out.ptr[k] ^= 1;
			EXPECT(!btc_htlc_parse(buf_span(&out), &again));
			out.ptr[k] ^= 1;
		}
	}
	buf_release(&out);
}

/* A length in more bytes than it needs, a marker without a witness, and every cut, are refused. */
static void
spoilt(void)
{
	struct btc_view v;
	struct cursor c;
	size_t n;

	n = bytes_of("0100000000010100010000000000000000000000000000000000000000000000000000000000"
		     "000000000000ffffffff01e803000000000000015100000000000000",
		     raw);
	c = cursor_of((struct span){(char *)raw, n});
	EXPECT(!btc_view_read(&c, true, &v));
	n = bytes_of("01000000fd0100"
		     "0001000000000000000000000000000000000000000000000000000000000000"
		     "0000000000ffffffff01e8030000000000000151"
		     "00000000",
		     raw);
	c = cursor_of((struct span){(char *)raw, n});
	EXPECT(!btc_view_read(&c, true, &v));
	n = bytes_of(bip143[0].tx, raw);
	for (size_t i = 0; i < n; i++) {
		c = cursor_of((struct span){(char *)raw, i});
		EXPECT(!btc_view_read(&c, true, &v));
	}
}

int
main(void)
{
	hashes_init();
	secp_init();
	RUN(segwit_v0);
	RUN(taproot_inputs);
	RUN(taproot_scripts);
	RUN(core_rows);
	RUN(core_file);
	RUN(address_rows);
	RUN(dust);
	RUN(multisig);
	RUN(htlc);
	RUN(spoilt);
	return test_done();
}
