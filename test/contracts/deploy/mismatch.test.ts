/**
 * deploy/: chains that are not what they seem, and deployers who try to keep a door open.
 */
import { expect } from "chai";
import { concat, encodeBytes32String, keccak256, ZeroAddress } from "ethers";
import { roles } from "../../../deploy/config/roles.ts";
import { deployAll } from "../../../deploy/deploy-all.ts";
import { accessMatrix } from "../../../deploy/lib/access-matrix.ts";
import { type Artifacts, codeIdentity } from "../../../deploy/lib/artifacts.ts";
import { NATIVE_TOTAL, predictAddresses } from "../../../deploy/lib/blueprint.ts";
import { FACTORY, FACTORY_CODE } from "../../../deploy/lib/create2.ts";
import { Environment } from "../../../deploy/lib/environment.ts";
import { parameterKey } from "../../../deploy/lib/parameter-table.ts";
import { secretsOf } from "../../helpers/bls.ts";
import { dyingAfter } from "../../helpers/deployer.ts";
import { connect, equalWeights, membersOf } from "../../helpers/finality.ts";
import { artifacts, deployOptions, deploySystem } from "../../helpers/system.ts";
import { expectFailure } from "../../helpers/temporary.ts";

async function setup() {
  const connection = await connect();
  const options = await deployOptions(connection);
  const predict = (config = options.config) =>
    options.deployer.getAddress().then((deployer) => predictAddresses(artifacts, { ...config, deployer }));
  return { connection, options, predict };
}

describe("deploy: a chain that is not what it seems", () => {
  it("deployMismatch with both hashes when other code stands at a planned address", async () => {
    const { connection, options, predict } = await setup();
    const { addresses } = await predict();
    await connection.networkHelpers.setCode(addresses.CUNP, "0x6001");
    const { details } = await expectFailure(deployAll(options), "deployMismatch");
    const { runtimeCode, immutables } = artifacts("CUNP");
    expect(details.what).to.equal(`code of CUNP at ${addresses.CUNP}`);
    expect(details.actual).to.equal(keccak256("0x6001"));
    expect(details.expected).to.equal(codeIdentity(runtimeCode, immutables));
  });

  it("deployMismatch when the code differs in one byte that no constructor fills in", async () => {
    const first = await setup();
    const { addresses } = await deployAll(first.options);
    const code = await first.options.provider.getCode(addresses.StageManager);
    const { connection, options } = await setup();
    await connection.networkHelpers.setCode(addresses.StageManager, `0x61${code.slice(4)}`);
    const { details } = await expectFailure(deployAll(options), "deployMismatch");
    expect(details.what).to.contain("StageManager");
  });

  it("deployMismatch when the CREATE2 factory is another one", async () => {
    const { connection, options } = await setup();
    await connection.networkHelpers.setCode(FACTORY, "0x00");
    const { details } = await expectFailure(deployAll(options), "deployMismatch");
    expect(details).to.include({ actual: keccak256("0x00"), expected: keccak256(FACTORY_CODE) });
  });

  it("deployMismatch when the genesis block was made for other contracts and the reserve is not there", async () => {
    const { options, predict } = await setup();
    const config = { ...options.config, native: true };
    const { addresses } = await predict(config);
    const { details } = await expectFailure(deployAll({ ...options, config }), "deployMismatch");
    expect(details.what).to.contain(addresses.CUNP);
    expect(details).to.include({ actual: "0", expected: String(NATIVE_TOTAL) });
  });

  it("deployMismatch, and nothing is sent, when contracts changed after the hand-over", async () => {
    const { options } = await setup();
    await deployAll(options);
    const changed: Artifacts = (name) => {
      const artifact = artifacts(name);
      return name === "CUNP" ? { ...artifact, runtimeCode: concat([artifact.runtimeCode, "0x00"]) } : artifact;
    };
    const other: Artifacts = (name) => {
      const artifact = changed(name);
      return name === "CUNP" ? { ...artifact, bytecode: concat([artifact.bytecode, "0x00"]) } : artifact;
    };
    const nonce = await options.deployer.getNonce();
    for (const sources of [changed, other]) {
      const { details } = await expectFailure(deployAll({ ...options, artifacts: sources }), "deployMismatch");
      expect(details.what).to.contain("code of CUNP");
    }
    expect(await options.deployer.getNonce()).to.equal(nonce);
  });
});

/** Everything but the hand-over is done: the deployer still administers. */
async function beforeHandover() {
  const { connection, options } = await setup();
  const { ethers, networkHelpers } = connection;
  const empty = await networkHelpers.takeSnapshot();
  const { summary, addresses } = await deployAll(options);
  await empty.restore();
  // The factory's transaction does not pass through the signer; the last two are the hand-over.
  const broken = dyingAfter(options.deployer, summary.transactionsSent - 3);
  await expectFailure(deployAll({ ...options, deployer: broken }), "deployTransactionFailed");
  const environment = await Environment.create(options);
  environment.finality = addresses.FinalityVerifier;
  return {
    options,
    networkHelpers,
    ethers,
    environment,
    addresses,
    manager: await ethers.getContractAt("AccessManager", addresses.AccessManager),
    registry: await ethers.getContractAt("ValidatorRegistry", addresses.ValidatorRegistry),
    deployer: await options.deployer.getAddress(),
    stranger: (await ethers.getSigners())[6]!.address,
  };
}

type Moment = Awaited<ReturnType<typeof beforeHandover>>;
const PUBLIC_ROLE = 2n ** 64n - 1n;
const OWN_ROLE = 77n;
const roleId = (wanted: string): bigint => roles.find(({ label }) => label === wanted)!.id;

/** What a deployer could do before the hand-over to come back after it. */
const doors: readonly (readonly [title: string, open: (moment: Moment) => Promise<unknown>, what: string])[] = [
  [
    "makes upgrades public",
    ({ manager, registry, addresses }) =>
      manager.setTargetFunctionRole(
        addresses.ValidatorRegistry,
        [registry.interface.getFunction("upgradeToAndCall").selector],
        PUBLIC_ROLE,
      ),
    "role for ValidatorRegistry.upgradeToAndCall",
  ],
  [
    "grants a role at once",
    ({ manager, stranger }) => manager.grantRole(1n, stranger, 0),
    "held by an account without code",
  ],
  [
    "grants a role that only begins after the hand-over",
    async ({ manager, stranger, networkHelpers }) => {
      await manager.setGrantDelay(0n, 2_592_000);
      await networkHelpers.time.increase(432_001);
      await manager.grantRole(0n, stranger, 0);
      expect((await manager.hasRole(0n, stranger))[0]).to.equal(false);
    },
    "held by an account without code",
  ],
  ["keeps the administration of a role", ({ manager }) => manager.setRoleAdmin(1n, OWN_ROLE), "administrator of role"],
  ["keeps a guardian", ({ manager }) => manager.setRoleGuardian(2n, OWN_ROLE), "guardian of role EMISSION"],
  ["closes the token", ({ manager, addresses }) => manager.setTargetClosed(addresses.CUNP, true), "CUNP is closed"],
  [
    "puts a contract under a manager of its own",
    async ({ manager, addresses, ethers, stranger }) => {
      const own = await ethers.deployContract("AccessManager", [stranger]);
      await manager.updateAuthority(addresses.CUNP, await own.getAddress());
    },
    "authority of CUNP",
  ],
  [
    "exchanges the code behind a proxy",
    async ({ registry, addresses, ethers }) => {
      const code = await ethers.deployContract("ValidatorRegistry", [
        addresses.ParameterRegistry,
        addresses.PersonhoodList,
      ]);
      await registry.upgradeToAndCall(await code.getAddress(), "0x");
    },
    "code behind ValidatorRegistry",
  ],
  [
    "leaves a parameter behind that changes after the hand-over",
    async ({ manager, addresses, ethers, deployer }) => {
      const parameters = await ethers.getContractAt("ParameterRegistry", addresses.ParameterRegistry);
      await manager.grantRole(roleId("PARAMETERS"), deployer, 0);
      await parameters.propose(parameterKey("jailSeconds"), 0n);
      await manager.revokeRole(roleId("PARAMETERS"), deployer);
    },
    "first change of a parameter",
  ],
  [
    "changed a parameter long before",
    async ({ manager, addresses, ethers, deployer, networkHelpers }) => {
      const parameters = await ethers.getContractAt("ParameterRegistry", addresses.ParameterRegistry);
      await manager.grantRole(roleId("PARAMETERS"), deployer, 0);
      await parameters.propose(parameterKey("jailSeconds"), 0n);
      await networkHelpers.time.increase(172_800);
      await manager.revokeRole(roleId("PARAMETERS"), deployer);
    },
    "first change of a parameter",
  ],
  [
    "publishes a contract of its own under a name that others look for",
    async ({ manager, addresses, ethers }) => {
      const directory = await ethers.getContractAt("ContractDirectory", addresses.ContractDirectory);
      await directory.publish(encodeBytes32String("Unplanned"), await manager.getAddress(), ZeroAddress);
    },
    "names in the directory",
  ],
  [
    "stores a validator set of its own for the next epoch",
    async ({ manager, addresses, ethers, deployer }) => {
      const verifier = await ethers.getContractAt("FinalityVerifier", addresses.FinalityVerifier);
      await manager.grantRole(roleId("SETS"), deployer, 0);
      await verifier.storeSet(1, membersOf(equalWeights(secretsOf(1))));
      await manager.revokeRole(roleId("SETS"), deployer);
    },
    "FinalityVerifier.newestEpoch",
  ],
];

describe("deploy: a deployer who wants to keep power", () => {
  for (const [title, open, what] of doors) {
    it(`[DEP-2] is found out when it ${title}`, async () => {
      const moment = await beforeHandover();
      await open(moment);
      const { details } = await expectFailure(deployAll(moment.options), "deployMismatch");
      expect(details.what).to.contain(what);
    });
  }
});

describe("deploy: access matrix", () => {
  it("[VAL-7] is what the chain says, not what the table says", async () => {
    const moment = await beforeHandover();
    const { environment, addresses, manager, registry } = moment;
    const who = async (method: string) =>
      (await accessMatrix(environment)).find(
        (row) => row.contract === "ValidatorRegistry" && row.method.startsWith(`${method}(`),
      )!.demands;
    expect(await who("admit")).to.equal(1n);
    expect(await who("upgradeToAndCall")).to.equal(0n);
    expect(await who("setAuthority")).to.equal("manager");
    expect(await who("initialize")).to.equal("nobody");
    expect(await who("register")).to.equal("anyone");
    const selectors = [registry.interface.getFunction("admit").selector];
    await manager.setTargetFunctionRole(addresses.ValidatorRegistry, selectors, OWN_ROLE);
    expect(await who("admit")).to.equal(OWN_ROLE);
    await manager.setTargetFunctionRole(addresses.ValidatorRegistry, selectors, PUBLIC_ROLE);
    expect(await who("admit")).to.equal("anyone");
  });

  it("[VAL-7] covers every function that changes state, of every contract", async () => {
    const connection = await connect();
    const { addresses } = await deploySystem(connection);
    const environment = await Environment.create(await deployOptions(connection));
    environment.finality = addresses.FinalityVerifier;
    const rows = await accessMatrix(environment);
    const demanding = rows.filter(({ demands }) => typeof demands === "bigint" && demands !== 0n);
    const planned = roles.flatMap(({ target, functions }) => functions.map((name) => `${target}.${name}`));
    expect(demanding.map(({ contract, method }) => `${contract}.${method.split("(")[0]}`).sort()).to.deep.equal(
      planned.sort(),
    );
    expect(new Set(rows.map(({ contract }) => contract))).to.deep.equal(new Set(Object.keys(addresses)));
  });
});
