/**
 * A validator that comes late catches up from its peers, also over more blocks than one answer holds.
 *
 * Owns: synchronisation over real processes. RPC ports 18800...
 */
import { expect } from "chai";
import { MAX_SYNC_BLOCKS } from "../../node/types/limits.ts";
import { makeChain } from "../../scripts/lib/chain-maker.ts";
import { liveNetwork } from "../helpers/live-network.ts";

const BLOCKS = 2 * MAX_SYNC_BLOCKS + 100;
const LATE = 3;

describe("a late node", function () {
  this.timeout(120_000);
  const live = liveNetwork({
    validators: 4,
    rpcPort: 18800,
    start: (network) => makeChain(network, BLOCKS, LATE),
  });

  it(`[CON-10] with an empty disk reaches a network that is ${BLOCKS} blocks ahead and takes part`, async () => {
    const network = live();
    await Promise.all([0, 1, 2].map((index) => network.start(index)));
    await network.waitForHeight(0, BLOCKS + 2);
    expect(await network.height(0)).to.be.greaterThan(BLOCKS);
    await network.start(LATE);
    await network.waitForHeight(LATE, BLOCKS + 2, 60_000);
    // Without validator 0 the late one's votes are needed.
    await network.stop(0);
    const height = await network.height(1);
    await network.waitForHeight(1, height + 3, 60_000);
    for (const at of [1, BLOCKS, height]) {
      const tag = `0x${at.toString(16)}`;
      const [ours, theirs] = await Promise.all(
        [LATE, 1].map((index) => network.call<{ hash: string }>(index, "eth_getBlockByNumber", [tag, false])),
      );
      expect(ours!.hash, `height ${at}`).to.equal(theirs!.hash);
    }
  });
});
