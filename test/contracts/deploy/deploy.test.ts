/**
 * deploy/: repeatable, resumable, without power left to anybody, and checked against the chain.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id, keccak256, parseEther, Transaction, zeroPadValue } from "ethers";
import { governanceDelaySeconds, orders, parameters, parameterValues } from "../../../deploy/config/parameters.ts";
import { ADMIN_ROLE, roles } from "../../../deploy/config/roles.ts";
import { deployAll, steps } from "../../../deploy/deploy-all.ts";
import { fileArtifacts } from "../../../deploy/lib/artifacts.ts";
import { createBlueprint, NATIVE_TOTAL, predictAddresses } from "../../../deploy/lib/blueprint.ts";
import { FACTORY, FACTORY_COST, FACTORY_SENDER, FACTORY_TRANSACTION } from "../../../deploy/lib/create2.ts";
import { Environment } from "../../../deploy/lib/environment.ts";
import { orderSteps, type Step } from "../../../deploy/lib/plan.ts";
import { PROXY_ADMIN_SLOT, powersHeldByEoas } from "../../../deploy/lib/powers.ts";
import { roleHolders } from "../../../deploy/lib/role-holders.ts";
import { Transactor } from "../../../deploy/lib/transactor.ts";
import { CunError } from "../../../node/types/errors.ts";
import { FIGURE_6 } from "../../helpers/cunp.ts";
import { type Connection, connect } from "../../helpers/finality.ts";
import { authorityOf, register } from "../../helpers/registry.ts";
import { artifacts, authorities, callOf, deployOptions, deploySystem, executeByCouncil } from "../../helpers/system.ts";
import { expectFailure } from "../../helpers/temporary.ts";

describe("deploy", () => {
  it("[DEP-1] sends nothing the second time and finds the same addresses", async () => {
    const connection = await connect();
    const first = await deployAll(await deployOptions(connection));
    expect(first.summary.transactionsSent).to.be.above(20);
    const second = await deployAll(await deployOptions(connection));
    expect(second.summary.transactionsSent).to.equal(0);
    expect(second.addresses).to.deep.equal(first.addresses);
  });

  it("[DEP-2] leaves no role to any externally owned account, the deployer first of all", async () => {
    const connection = await connect();
    const { manager, registry, council, addresses } = await deploySystem(connection);
    const environment = await Environment.create(await deployOptions(connection));
    const holders = await roleHolders(environment);
    expect(holders.every(({ isContract }) => isContract)).to.equal(true);
    // A role may have functions of several contracts, and so several rows.
    const planned = new Set(roles.flatMap(({ id, holder }) => (holder ? [`${id} ${addresses[holder]}`] : [])));
    const actual = holders.map(({ role, account }) => `${role} ${account}`);
    expect(actual.sort()).to.deep.equal([`${ADMIN_ROLE} ${addresses.ValidatorCouncil}`, ...planned].sort());
    const [deployer] = await connection.ethers.getSigners();
    for (const role of [ADMIN_ROLE, ...roles.map(({ id }) => id)]) {
      expect((await manager.hasRole(role, deployer!.address))[0]).to.equal(false);
    }
    expect(await manager.hasRole(ADMIN_ROLE, await council.getAddress())).to.deep.equal([true, 172_800n]);
    await expect(registry.remove((await registry.activeValidators())[0]!.operator)).to.be.revertedWithCustomError(
      registry,
      "AccessManagedUnauthorized",
    );
  });

  it("[DEP-2] [VAL-7] finds no power that an externally owned account holds, and finds one that it is given", async () => {
    const connection = await connect();
    const { manager, addresses } = await deploySystem(connection);
    const environment = await Environment.create(await deployOptions(connection));
    environment.finality = addresses.FinalityVerifier;
    expect(await powersHeldByEoas(environment)).to.deep.equal([]);
    const { networkHelpers, ethers } = connection;
    const [, stranger] = await ethers.getSigners();
    await networkHelpers.impersonateAccount(addresses.ValidatorCouncil);
    await networkHelpers.setBalance(addresses.ValidatorCouncil, 10n ** 18n);
    const council = await ethers.getSigner(addresses.ValidatorCouncil);
    const grant = manager.interface.encodeFunctionData("grantRole", [12n, stranger!.address, 0]);
    await manager.connect(council).schedule(addresses.AccessManager, grant, 0);
    await networkHelpers.time.increase(172_800);
    await manager.connect(council).execute(addresses.AccessManager, grant);
    await networkHelpers.setStorageAt(addresses.StakingPool, PROXY_ADMIN_SLOT, zeroPadValue(stranger!.address, 32));
    expect(await powersHeldByEoas(environment)).to.deep.equal([
      { power: "role 12", account: stranger!.address },
      { power: "administrator of StakingPool", account: stranger!.address },
    ]);
  });

  it("[CUNP-6] [EMC-1] leaves the emission role to the EmissionController alone, which counts from figure 6 on", async () => {
    const connection = await connect();
    const { emission, business, cunp, addresses } = await deploySystem(connection);
    const environment = await Environment.create(await deployOptions(connection));
    const minters = (await roleHolders(environment)).filter(({ role }) => role === 2n);
    expect(minters.map(({ account }) => account)).to.deep.equal([addresses.EmissionController]);
    expect(await Promise.all([0n, 1n, 2n, 3n, 4n].map((bucket) => emission.generatedOf(bucket)))).to.deep.equal(
      FIGURE_6,
    );
    expect(await emission.CUNP()).to.equal(await cunp.getAddress());
    expect(await emission.ECO_FUND_ACCOUNT()).to.equal(addresses.ValidatorCouncil);
    expect(await emission.TEAM_ACCOUNT()).to.equal(addresses.ValidatorCouncil);
    expect(await business.EMISSION()).to.equal(addresses.EmissionController);
    expect(await business.DIRECTORY()).to.equal(addresses.ContractDirectory);
    expect(await business.applicationCount()).to.equal(0n);
  });

  it("[DEP-2] fails when an externally owned account was given a role afterwards", async () => {
    const connection = await connect();
    const system = await deploySystem(connection);
    const { manager, addresses } = system;
    const stranger = (await connection.ethers.getSigners())[5]!.address;
    const grant = manager.interface.encodeFunctionData("grantRole", [1n, stranger, 0]);
    const announce = manager.interface.encodeFunctionData("schedule", [addresses.AccessManager, grant, 0]);
    await executeByCouncil(system, [callOf(addresses.AccessManager, announce)]);
    await connection.networkHelpers.time.increase(172_800);
    await executeByCouncil(system, [callOf(addresses.AccessManager, grant)]);
    const error = await expectFailure(deployAll(await deployOptions(connection)), "deployMismatch");
    expect(error.details.what).to.contain(stranger);
  });

  it("[DEP-4] knows addresses before the chain exists, whatever its genesis", async () => {
    const connection = await connect();
    const { deployer, config } = await deployOptions(connection);
    const predicted = predictAddresses(artifacts, { ...config, deployer: await deployer.getAddress() });
    const { addresses } = await deployAll(await deployOptions(connection));
    for (const [name, address] of Object.entries(predicted.addresses)) {
      expect(addresses[name as keyof typeof addresses]).to.equal(address);
    }
    expect(predicted.nativeReserve).to.equal(0n);
  });

  it("[DEP-4] [EMI-8] on a CUN chain finds the native reserve where genesis put it", async () => {
    const connection = await connect();
    const options = await deployOptions(connection);
    const config = { ...options.config, native: true, nativePrefund: parseEther("200400") };
    const predicted = predictAddresses(artifacts, { ...config, deployer: await options.deployer.getAddress() });
    expect(predicted.nativeReserve).to.equal(NATIVE_TOTAL - parseEther("200400"));
    await connection.networkHelpers.setBalance(predicted.addresses.CUNP, predicted.nativeReserve);
    const { cunp, addresses } = await deploySystem(connection, { config });
    expect(addresses.CUNP).to.equal(predicted.addresses.CUNP);
    expect(await cunp.NATIVE()).to.equal(true);
    // Without what the genesis block gave out and the coins of the nodes.
    const rest = parseEther("19290000") - parseEther("200400") - parseEther("110000");
    expect(await cunp.balanceOf(addresses.ValidatorCouncil)).to.equal(rest);
  });

  it("does not undo what governance changed since", async () => {
    const connection = await connect();
    const system = await deploySystem(connection);
    const { registry, persons, addresses } = system;
    const { chainId } = await connection.ethers.provider.getNetwork();
    const target = { chainId, registry: addresses.ValidatorRegistry, deadline: 4_000_000_000 };
    const added = await register({ registry, target }, authorityOf(9));
    const [first] = await registry.activeValidators();
    const person = persons.interface.encodeFunctionData("add", [added, id("a person"), 4_000_000_000]);
    await executeByCouncil(system, [
      callOf(addresses.PersonhoodList, person),
      callOf(addresses.ValidatorRegistry, registry.interface.encodeFunctionData("remove", [first!.operator])),
      callOf(addresses.ValidatorRegistry, registry.interface.encodeFunctionData("admit", [added])),
    ]);
    const again = await deployAll(await deployOptions(connection));
    expect(again.summary.transactionsSent).to.equal(0);
    expect([...(await registry.authorities())])
      .to.include(added)
      .and.not.to.include(first!.operator);
  });

  it("writes the addresses with the genesis hash they belong to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cun-addresses-"));
    const connection = await connect();
    const { addresses } = await deploySystem(connection, { addressesFolder: folder });
    const genesis = await connection.ethers.provider.getBlock(0);
    expect(JSON.parse(readFileSync(join(folder, "31337.json"), "utf8"))).to.deep.equal({
      chainId: 31337,
      genesisHash: genesis!.hash,
      contracts: addresses,
    });
    rmSync(folder, { recursive: true });
  });
});

describe("deploy: what it refuses", () => {
  it("deployMismatch when the registry's validators are not those of the genesis block", async () => {
    const connection = await connect();
    const options = await nativeOptions(connection);
    const extraData = keccak256("0x1234");
    const error = await expectFailure(
      deployAll({ ...options, provider: withGenesis(options, extraData) }),
      "deployMismatch",
    );
    expect(error.details.expected).to.equal(extraData);
  });

  it("takes 32 bytes in a foreign genesis block for what they are: nothing of ours", async () => {
    const options = await deployOptions(await connect());
    await deployAll({ ...options, provider: withGenesis(options, keccak256("0x1234")) });
  });

  it("deployTransactionFailed with the step's name when an application does not hold", async () => {
    const connection = await connect();
    const options = await deployOptions(connection);
    const expired: typeof options.authorities = (target) => options.authorities({ ...target, deadline: 1 });
    const error = await expectFailure(deployAll({ ...options, authorities: expired }), "deployTransactionFailed");
    expect(error.details.label).to.equal("ValidatorRegistry.register");
  });

  it("deployArtifactMissing when the contracts are not compiled", () => {
    expect(() => fileArtifacts("nowhere")("CUNP"))
      .to.throw(CunError)
      .with.property("errorName", "deployArtifactMissing");
  });

  it("deployPlanInvalid when steps wait for each other, for nobody, or share an id", () => {
    const step = (id: string, ...dependsOn: string[]): Step => ({ id, dependsOn, run: async () => undefined });
    const wrong = [[step("a", "b"), step("b", "a")], [step("a", "missing")], [step("a"), step("a")]];
    for (const list of wrong) {
      expect(() => orderSteps(list))
        .to.throw(CunError)
        .with.property("errorName", "deployPlanInvalid");
    }
    expect(orderSteps([step("b", "a"), step("a")]).map(({ id }) => id)).to.deep.equal(["a", "b"]);
    expect(orderSteps(steps).at(-1)!.id).to.equal("handover");
  });

  it("deployTransactionPending when no block comes", async () => {
    const connection = await connect();
    const { provider, deployer } = await deployOptions(connection);
    await connection.ethers.provider.send("evm_setAutomine", [false]);
    const transactor = new Transactor(provider, deployer, 0.1);
    const to = await deployer.getAddress();
    const error = await expectFailure(transactor.send("a transfer", { to, value: 1n }), "deployTransactionPending");
    expect(error.action).to.equal("retry");
  });

  it("[GOV-1] optionInvalid when a parameter or the governance delay is out of its bounds", () => {
    for (const { name, minimum, maximum } of parameters) {
      for (const value of [minimum - 1n, maximum + 1n]) {
        expect(() => parameterValues({ [name]: value }), `${name} = ${value}`)
          .to.throw(CunError)
          .with.property("errorName", "optionInvalid");
      }
    }
    expect(() => parameterValues({ authoritySeats: 21 as unknown as bigint })).to.throw(CunError);
    for (const delay of [0n, 3_599n, 2_592_001n]) expect(() => governanceDelaySeconds(delay)).to.throw(CunError);
    expect(governanceDelaySeconds(3_600n)).to.equal(3_600n);
  });

  it("[GOV-1] optionInvalid when first values break an order", () => {
    const entryOf = (name: string) => parameters.find((entry) => entry.name === name)!;
    for (const { lower, higher, reason } of orders) {
      const broken = { [lower]: entryOf(lower).maximum, [higher]: entryOf(higher).minimum };
      expect(() => parameterValues(broken), `${lower} against ${higher}`).to.throw(CunError, `${higher} = `);
      expect(reason).not.to.equal("");
    }
  });
});

describe("deploy: the CREATE2 factory", () => {
  it("comes from a transaction whose signature was chosen, at the address that every network knows", async () => {
    const transaction = Transaction.from(FACTORY_TRANSACTION);
    expect(transaction.from).to.equal(FACTORY_SENDER);
    expect(transaction.gasLimit * transaction.gasPrice!).to.equal(FACTORY_COST);
    const { ethers } = await connect();
    expect(ethers.getCreateAddress({ from: FACTORY_SENDER, nonce: 0 })).to.equal(FACTORY);
  });

  it("puts contracts where the blueprint says", async () => {
    const connection = await connect();
    const { deployer, config } = await deployOptions(connection);
    const blueprint = createBlueprint(artifacts, { ...config, deployer: await deployer.getAddress() });
    await deploySystem(connection);
    for (const { address, implementation } of Object.values(blueprint)) {
      expect(await connection.ethers.provider.getCode(address)).not.to.equal("0x");
      if (implementation) expect(await connection.ethers.provider.getCode(implementation.address)).not.to.equal("0x");
    }
    expect(authorities).to.have.length(4);
  });
});

type Options = Awaited<ReturnType<typeof deployOptions>>;

/** Options for a CUN chain whose genesis block put the native reserve where CUNP will be. */
async function nativeOptions(connection: Connection): Promise<Options> {
  const options = await deployOptions(connection);
  const config = { ...options.config, native: true };
  const { addresses, nativeReserve } = predictAddresses(artifacts, {
    ...config,
    deployer: await options.deployer.getAddress(),
  });
  await connection.networkHelpers.setBalance(addresses.CUNP, nativeReserve);
  return { ...options, config };
}

/** A provider whose block 0 commits to this validator set. */
function withGenesis({ provider }: Options, extraData: string): Options["provider"] {
  return new Proxy(provider, {
    get(target, key) {
      if (key === "getBlock") {
        return async (tag: number | string) => {
          const block = await target.getBlock(tag);
          return tag === 0 ? { ...block, hash: block!.hash, extraData } : block;
        };
      }
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
