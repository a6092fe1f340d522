/**
 * deploy/: what happens when the process dies at any moment, or somebody else is faster.
 */
import { expect } from "chai";
import type { Provider } from "ethers";
import { deployAll } from "../../../deploy/deploy-all.ts";
import { createBlueprint } from "../../../deploy/lib/blueprint.ts";
import { FACTORY, FACTORY_CODE, factoryCall } from "../../../deploy/lib/create2.ts";
import { Transactor } from "../../../deploy/lib/transactor.ts";
import { copiedBeforeBlock, copiedBeforeEstimate, dyingAfter, withMethods } from "../../helpers/deployer.ts";
import { connect } from "../../helpers/finality.ts";
import { artifacts, deployOptions, deploySystem } from "../../helpers/system.ts";
import { expectFailure } from "../../helpers/temporary.ts";

describe("deploy: interrupted", () => {
  it("[DEP-3] processes that each die after one transaction deploy the whole together, and none is sent twice", async function () {
    this.timeout(240_000); // as many deployments as there are transactions
    const connection = await connect();
    const options = await deployOptions(connection);
    const { provider, deployer } = options;
    const empty = await connection.networkHelpers.takeSnapshot();
    const whole = await deployAll(options);
    await empty.restore();
    const account = await deployer.getAddress();
    // The factory's presigned transaction does not pass through the signer that dies; the last process lives.
    const deaths = whole.summary.transactionsSent - 2;
    for (let sent = 1; sent <= deaths; sent++) {
      await expectFailure(deployAll({ ...options, deployer: dyingAfter(deployer, 1) }), "deployTransactionFailed");
      expect(await provider.getTransactionCount(account)).to.equal(sent);
    }
    const completed = await deployAll({ ...options, deployer: dyingAfter(deployer, 1) });
    expect(completed.summary.transactionsSent).to.equal(1);
    expect(completed.addresses).to.deep.equal(whole.addresses);
    expect((await deployAll(options)).summary.transactionsSent).to.equal(0);
  });

  it("[DEP-3] what a process that died left is completed by one run: at seven points over the whole deployment", async function () {
    this.timeout(120_000); // two deployments for each point
    const connection = await connect();
    const options = await deployOptions(connection);
    const { provider, deployer } = options;
    const empty = await connection.networkHelpers.takeSnapshot();
    const whole = await deployAll(options);
    const total = whole.summary.transactionsSent;
    const account = await deployer.getAddress();
    // Before the first, evenly between, and before the last.
    const points = Array.from({ length: 7 }, (_, index) => Math.floor((index * (total - 2)) / 6));
    for (const point of points) {
      await empty.restore();
      await expectFailure(deployAll({ ...options, deployer: dyingAfter(deployer, point) }), "deployTransactionFailed");
      expect(await provider.getTransactionCount(account)).to.equal(point);
      const completed = await deployAll(options);
      expect(completed.summary.transactionsSent).to.equal(total - point - (point === 0 ? 0 : 1));
      expect(completed.addresses).to.deep.equal(whole.addresses);
    }
  });

  it("[DEP-3] waits for what an earlier run left in the pool, and says so when no block takes it", async () => {
    const connection = await connect();
    const { provider, deployer } = await deployOptions(connection);
    await connection.ethers.provider.send("evm_setAutomine", [false]);
    const to = await deployer.getAddress();
    await deployer.sendTransaction({ to, value: 1n });
    const error = await expectFailure(new Transactor(provider, deployer, 0.1).settle(), "deployTransactionPending");
    expect(error.details.label).to.contain(to);
    const settling = new Transactor(provider, deployer, 10).settle();
    await connection.networkHelpers.mine();
    await settling;
  });

  it("[DEP-3] does not send again what a process that died had left in the pool", async () => {
    const connection = await connect();
    const options = await deployOptions(connection);
    const { deployer, config } = options;
    const empty = await connection.networkHelpers.takeSnapshot();
    const whole = await deployAll(options);
    await empty.restore();
    await connection.networkHelpers.setCode(FACTORY, FACTORY_CODE);
    const { AccessManager } = createBlueprint(artifacts, { ...config, deployer: await deployer.getAddress() });
    await connection.ethers.provider.send("evm_setAutomine", [false]);
    await deployer.sendTransaction({ to: FACTORY, data: factoryCall(AccessManager.initCode), gasLimit: 5_000_000 });
    const provider = whenCounted(options.provider, async () => {
      await connection.networkHelpers.mine();
      await connection.ethers.provider.send("evm_setAutomine", [true]);
    });
    const { summary } = await deployAll({ ...options, provider });
    // Without the factory's two and the one in the pool.
    expect(summary.transactionsSent).to.equal(whole.summary.transactionsSent - 3);
  });

  it("asks for a tenth more gas than was estimated, and never for more than a transaction may have", async () => {
    const connection = await connect();
    const { provider, deployer } = await deployOptions(connection);
    const request = { to: await deployer.getAddress(), value: 1n };
    const limits: bigint[] = [];
    for (const estimate of [100_000n, 2n ** 24n - 1n]) {
      const signer = withMethods(deployer, {
        estimateGas: async () => estimate,
        sendTransaction: (sent) => {
          limits.push(BigInt(sent.gasLimit!));
          return deployer.sendTransaction(sent);
        },
      });
      await new Transactor(provider, signer).send("a transfer", request);
    }
    expect(limits).to.deep.equal([110_000n, 2n ** 24n]);
  });
});

describe("deploy: an attacker with money", () => {
  for (const [when, copied] of [
    ["its gas is estimated", copiedBeforeEstimate],
    ["its block", copiedBeforeBlock],
  ] as const) {
    it(`[DEP-2] who copies every transaction and comes before ${when} changes nothing and holds nothing`, async () => {
      const whole = await deploySystem(await connect());
      const connection = await connect();
      const attacker = (await connection.ethers.getSigners())[7]!;
      const options = await deployOptions(connection);
      const system = await deploySystem(connection, { deployer: copied(options.deployer, attacker) });
      expect(await attacker.getNonce()).to.be.above(10);
      expect(system.addresses).to.include({ ...whole.addresses, FinalityVerifier: system.addresses.FinalityVerifier });
      expect(await system.registry.activeCount()).to.equal(4n);
      expect((await deployAll(options)).summary.transactionsSent).to.equal(0);
    });
  }

  it("[DEP-2] who creates contracts for itself as administrator finds them at other addresses", async () => {
    const connection = await connect();
    const { config, deployer } = await deployOptions(connection);
    const attacker = (await connection.ethers.getSigners())[7]!.address;
    const [planned, theirs] = [await deployer.getAddress(), attacker].map((account) =>
      Object.values(createBlueprint(artifacts, { ...config, deployer: account })).map(({ address }) => address),
    );
    expect(planned!.filter((address) => theirs!.includes(address))).to.deep.equal([]);
  });

  it("who pays for and creates the factory first only helps", async () => {
    const connection = await connect();
    const options = await deployOptions(connection);
    const whole = await deployAll(options);
    const again = await connect();
    await again.networkHelpers.setCode(FACTORY, await connection.ethers.provider.getCode(FACTORY));
    const { addresses, summary } = await deploySystem(again);
    expect(summary.transactionsSent).to.equal(whole.summary.transactionsSent - 2);
    expect(addresses.CUNP).to.equal(whole.addresses.CUNP);
  });
});

/** A chain that makes its next block when somebody asks for the number of an account's transactions. */
function whenCounted(provider: Provider, makeBlock: () => Promise<void>): Provider {
  return new Proxy(provider, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key !== "getTransactionCount") return value.bind(target);
      return async (...values: Parameters<Provider["getTransactionCount"]>) => {
        const count = await target.getTransactionCount(...values);
        await makeBlock();
        return count;
      };
    },
  });
}
