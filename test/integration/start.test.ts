/**
 * `npm start` as its user meets it: tables, a status line, a clean end, the same chain the next time.
 *
 * Owns: the command's behaviour. Does not own: the network's (story.test.ts). RPC ports 18850..; temporary folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../tidy/house.ts";

describe("npm start", function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), "cun-start-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const start = (...args: string[]) =>
    new Run(["--data", directory, "--rpc-port", "18850", "--p2p-port", "28850", ...args]);

  it("starts from nothing, shows what a user needs, and ends cleanly with Ctrl-C", async () => {
    const run = start("--fresh");
    await run.until(/height \d+ · finalised \d+ · round \d+ · peers 3 · [\d.]+ tx\/s · 4\/4 validators up/);
    run.child.kill("SIGINT");
    expect(await run.ended).to.equal(0);
    expect(run.output).to.match(/http:\/\/127\.0\.0\.1:18853/);
    for (const name of ["CUNP", "ValidatorRegistry", "StageManager", "FinalityVerifier"]) {
      expect(run.output).to.match(new RegExp(`${name} +0x[0-9a-fA-F]{40}`));
    }
    expect(run.output).to.match(/0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266 .* CUNP/);
    expect(run.output).to.match(/chain id 2026/);
    expect(await answers("http://127.0.0.1:18850"), "no validator is left behind").to.equal(false);
  });

  it("continues the same chain and deploys nothing again", async () => {
    const run = start("--once");
    expect(await run.ended).to.equal(0);
    expect(run.output).to.match(/goes on from height [1-9]/);
    expect(run.output).to.contain("Contracts were there already");
  });

  it("refuses another number of validators with optionInvalid, its cure, and nothing changed", async () => {
    const run = start("--validators", "7");
    expect(await run.ended).to.equal(1);
    expect(run.output).to.match(/CUN-8\d+ --validators 7: .* has 4; add --fresh/);
    expect(await start("--validators", "many").ended).to.equal(1);
  });

  it("--help says how it is used", async () => {
    const run = start("--help");
    expect(await run.ended).to.equal(0);
    expect(run.output).to.contain("npm start -- --validators 7 --fresh");
  });
});

/** One run of the command, with what it printed so far. */
class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  output = "";

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, ["scripts/start.ts", ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.child.once("close", (code) => resolve(code ?? -1)));
  }

  /** Resolves when the output matches; fails when the command ends before. */
  async until(pattern: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!pattern.test(this.output)) {
      if (over) throw new Error(`ended before ${pattern}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );
