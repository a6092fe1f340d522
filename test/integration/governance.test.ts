/**
 * `cun governance` from end to end: four operators on a real network, each with a folder of its own, change a parameter.
 *
 * Owns: the command line, its files and what it refuses. RPC ports 18800...
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Contract, JsonRpcProvider } from "ethers";
import { parameterKey } from "../../node/sdk/governance.ts";
import { root } from "../../scripts/lib/build.ts";
import { connect, deployToNetwork, systemContract } from "../../scripts/lib/deployment.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { liveNetwork } from "../helpers/live-network.ts";

const run = promisify(execFile);

describe("cun governance", function () {
  this.timeout(90_000);
  const live = liveNetwork({ validators: 4, rpcPort: 18800, parameters: { jailSeconds: 77n } });
  let network: Network;
  let provider: JsonRpcProvider;
  let parameters: Contract;
  const file = (index: number) => join(network.options.directory, `change.${index}.json`);
  const files = () => [0, 1, 2, 3].map(file);

  /** What the command prints on both streams; a failure too. */
  async function cun(...values: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = ["node/cli/main.ts", "governance", ...values, "--rpc", network.rpcUrl(0)];
    return run(process.execPath, command, { cwd: root, timeout: 20_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }
  const folder = (index: number) => ["--data", network.directoryOf(index)];

  before(async () => {
    network = live();
    await deployToNetwork(network);
    provider = connect(network);
    parameters = await systemContract(network, "ParameterRegistry", provider);
  });
  after(() => provider?.destroy());

  it("[GOV-1] shows parameters with their bounds, and the validators", async () => {
    const { code, stdout } = await cun("show", ...folder(0));
    expect(code).to.equal(0);
    expect(stdout).to.match(/^jailSeconds +77 seconds {2}\(0 … 2592000\)$/m);
    expect(stdout).to.match(/^approvalThresholdBps +10000 bps {2}\(6667 … 10000, unanimous\)$/m);
    expect(stdout).to.contain("next batch number 0, epoch 0");
    expect(stdout.toLowerCase()).to.contain(network.genesis.validators[3]!.operator);
  });

  it("[GOV-2] four operators sign one after the other, and one transaction settles it", async () => {
    const first = await cun("sign", ...folder(0), "--change", "jailSeconds=60", "--out", file(0));
    expect(first.stderr).to.contain("1. ParameterRegistry: jailSeconds: 77 → 60 seconds");
    for (const index of [1, 2]) {
      const { code } = await cun("sign", ...folder(index), "--calls", file(0), "--out", file(index));
      expect(code).to.equal(0);
    }
    const early = await cun("submit", ...folder(0), "--from", network.directoryOf(0), ...files().slice(0, 3));
    expect(early.code).to.equal(1);
    expect(early.stderr).to.match(/CUN-7021 1 approvals that count are missing/);
    const progress = await cun("collect", ...folder(0), ...files().slice(0, 3));
    expect(progress.stderr).to.contain("3 of 4 have signed");
    expect(JSON.parse(progress.stdout).complete).to.equal(false);

    await cun("sign", ...folder(3), "--calls", file(0), "--out", file(3));
    const printed = await cun("submit", ...folder(0), ...files());
    expect(JSON.parse(printed.stdout).data).to.match(/^0x/);
    const shown = await cun("show", ...folder(0), ...files());
    expect(shown.stdout.match(/signed$/gm)).to.have.length(4 + 1); // and the heading
    const done = await cun("submit", ...folder(0), "--from", network.directoryOf(2), ...files());
    expect(done.stdout, done.stderr).to.match(/^done in block \d+: 0x/);
    expect((await parameters.getFunction("pendingOf")(parameterKey("jailSeconds")))[0]).to.equal(60n);
    const pending = await cun("show", ...folder(0));
    expect(pending.stdout).to.match(/→ 60 from \d{4}-/);
  });

  it("[COU-1] refuses what is stale, foreign or unreadable, and never overwrites a signature", async () => {
    const stale = await cun("sign", ...folder(0), "--calls", file(1));
    expect([stale.code, stale.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && /CUN-7018/.test(text),
    );
    const taken = await cun("sign", ...folder(0), "--change", "jailSeconds=61", "--out", file(0));
    expect(taken.stderr).to.match(/CUN-8007 .*not overwritten/);
    expect(JSON.parse(readFileSync(file(0), "utf8")).nonce).to.equal("0");
    const neither = await cun("sign", ...folder(0));
    expect(neither.stderr).to.match(/CUN-8006 --change, --calls/);
    const wrong = await cun("sign", ...folder(0), "--change", "epochSeconds=9");
    expect(wrong.stderr).to.match(/CUN-7016/);
    const nowhere = await cun("show");
    expect(nowhere.stderr).to.match(/CUN-8006 --directory/);
    const foreign = await cun("show", "--directory", "0x00000000000000000000000000000000000000ff");
    expect(foreign.stderr).to.match(/CUN-7015/);
  });
});
