/**
 * What Hardhat needs to know: compiler, networks, and the doors in tasks/.
 *
 * Owns: compiler settings and network names. Does not own: what the tasks do (tasks/, deploy/).
 * Called by: `npx hardhat …`. The compiler is the one from the npm package `solc`; nothing is downloaded.
 */
import "./scripts/bootstrap.mjs"; // restores the native EVM that an npm on an old Node leaves out
import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig, task } from "hardhat/config";

const path = createRequire(import.meta.url).resolve("solc/soljson.js");
const outputSelection = { "*": { "*": ["storageLayout"] } };
/** No hash of sources and comments in the code: CREATE2 addresses, one of which stands in genesis, must not move with them. */
const metadata = { bytecodeHash: "none" };
const settings = { evmVersion: "osaka", optimizer: { enabled: true, runs: 200 }, metadata, outputSelection };
const solc = { version: "0.8.37", path, settings };
/** Contracts on the consensus path: called every block or by every light client, so gas counts more than size. */
const hotPath = { ...solc, settings: { ...settings, viaIR: true, optimizer: { enabled: true, runs: 10_000 } } };
/** Contracts that would be larger than a contract may be otherwise, and what their gas is compared with. */
const compact = { ...solc, settings: { ...settings, viaIR: true } };
const overrides = {
  "contracts/consensus/FinalityVerifier.sol": hotPath,
  "contracts/consensus/ValidatorElection.sol": hotPath,
  "contracts/staking/StakingPool.sol": compact,
  "contracts/mocks/StakingRewardsBench.sol": compact,
  "test/solidity/StakingPool.t.sol": compact, // compiles the pool with it
  "contracts/mocks/StorageLayouts.sol": compact, // compiles all of the above with it
};

/** The public development mnemonic that Hardhat itself uses: its accounts are prefunded on every development network. */
const mnemonic = "test test test test test test test test test test test junk";

/** Enough histories to find the bugs that were planted while writing them; more cost minutes, not insight. */
const shortFuzzing = { fuzz: { runs: 128 }, invariant: { runs: 96, depth: 64 } };
/** For `npm run fuzz`: minutes are there. */
const longFuzzing = { fuzz: { runs: 5_000 }, invariant: { runs: 1_000, depth: 200 } };

export default defineConfig({
  plugins: [toolbox],
  tasks: [
    task("deploy", "Deploy the system contracts, hand every role over, read everything back")
      .addOption({
        name: "data",
        description: "Folder of a development network: its keys apply for the seats when its chain is deployed to",
        defaultValue: "data/devnet", // tasks/networks.ts: DEFAULT_NETWORK_FOLDER
      })
      .setAction(() => import("./tasks/deploy.ts"))
      .build(),
  ],
  solidity: {
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
    ],
    profiles: {
      default: { compilers: [solc], overrides },
      production: { compilers: [solc], overrides },
    },
  },
  paths: {
    tests: { mocha: "./test/contracts", solidity: "./test/solidity" },
    // Coverage shares the build cache and would force the next normal run to compile everything again.
    ...(process.argv.includes("--coverage") && { cache: "./cache/coverage", artifacts: "./cache/coverage/artifacts" }),
  },
  test: { mocha: { timeout: 60_000 }, solidity: process.env["CUN_FUZZ"] ? longFuzzing : shortFuzzing },
  networks: {
    default: { type: "edr-simulated", hardfork: "osaka" },
    localhost: { type: "http", url: "http://127.0.0.1:8545" },
    cun: { type: "http", url: process.env["CUN_RPC_URL"] ?? "http://127.0.0.1:8650", accounts: { mnemonic } },
  },
});
