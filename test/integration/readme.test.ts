/**
 * The README cannot lie: its samples run, its commands exist, its links lead somewhere.
 *
 * Owns: the checks. A network of one validator, RPC port 18700.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { liveNetwork } from "../helpers/live-network.ts";
import { files, read, root } from "../tidy/house.ts";

const run = promisify(execFile);

describe("README", function () {
  this.timeout(60_000);
  const live = liveNetwork({ validators: 1, rpcPort: 18700 });

  it("[IFC-2] the first steps with ethers run as they are printed", async () => {
    const sample = /<!-- executed by [^>]*-->\n```js\n([\s\S]*?)```/.exec(read("README.md"))?.[1];
    expect(sample).to.be.a("string");
    const code = sample!.replace("http://127.0.0.1:8650", live().rpcUrl(0));
    const ending = `${code}\nif (receipt.status !== 1) throw new Error("payment failed"); provider.destroy();`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", ending], {
      cwd: root,
      timeout: 30_000,
    });
    expect(stdout).to.match(/final at height \d+, signed in view 0x[0-9a-f]+/);
  });

  it("npx hardhat deploy deploys to the running network, and again without a transaction", async function () {
    this.timeout(240_000); // 76 transactions and everything read back, twice, on a busy machine
    const args = [
      "node_modules/hardhat/dist/src/cli.js",
      "deploy",
      "--network",
      "cun",
      "--data",
      dirname(dirname(live().directoryOf(0))),
    ];
    const env = { ...process.env, CUN_RPC_URL: live().rpcUrl(0) };
    const deploy = async () => (await run(process.execPath, args, { cwd: root, env, timeout: 110_000 })).stdout;
    expect(await deploy()).to.match(/Chain 2026: [1-9]\d* transactions sent, everything read back/);
    expect(await deploy()).to.contain("Chain 2026: 0 transactions sent, everything read back");
  });

  it("[IFC-4] the command line asks a node, and says in one line what is wrong", async () => {
    const cun = (...args: string[]) =>
      run(process.execPath, ["node/cli/main.ts", ...args], { cwd: root, timeout: 20_000 });
    expect((await cun("status", "--rpc", live().rpcUrl(0))).stdout).to.match(/finalised height\s+\d+/);
    const certificate = JSON.parse((await cun("certificate", "latest", "--rpc", live().rpcUrl(0))).stdout);
    expect(certificate.certificate.signature).to.have.length(2 + 2 * 256);
    const wrong = await cun("certificate", "soon").catch((error) => error);
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain("give a height");
    const dead = await cun("status", "--rpc", "http://127.0.0.1:18799").catch((error) => error);
    expect(dead.code).to.equal(1);
    expect(dead.stderr).to.match(/^CUN-7014 .*127\.0\.0\.1:18799: .*ECONNREFUSED.*\nStart the node/); // nodeUnreachable
    const locked = await cun("node", "--data", live().directoryOf(0)).catch((error) => error);
    expect(locked.code).to.equal(1);
    expect(locked.stderr).to.contain("CUN-4004"); // dataDirectoryLocked
  });

  it("every npm script it names exists", () => {
    const scripts = JSON.parse(read("package.json")).scripts;
    const named = [...read("README.md").matchAll(/npm run (\w+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
    expect(scripts).to.include.keys("start", "test");
  });

  it("every relative link in the documents leads to a file", () => {
    const broken = files(".md").flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .filter((match) => !existsSync(join(root, dirname(path), match[1]!)))
        .map((match) => `${path}: ${match[1]}`),
    );
    expect(broken).to.deep.equal([]);
  });
});
