/**
 * Guards how source files look: a header each, no unfinished marks, no banned constructs, bounded size.
 *
 * Owns: the checks and the list of exceptions with their reasons.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { files, isGenerated, read, root } from "./house.ts";

const typescript = files(".ts", ".mjs").filter((path) => !isGenerated(path));
const handWritten = [...typescript, ...files(".sol", ".circom")];

/** Lines per file; an exception is one line with its reason. */
const MAX_LINES = 400;
const longFiles: Readonly<Record<string, string>> = {
  "node/types/errors.ts": "one table for all errors; it has no logic to get lost in",
  "test/mutations.ts": "one table for all mutations; it has no logic to get lost in",
};

describe("tidy: words", () => {
  it("every source file begins with a header that says what it is", () => {
    const wrong = handWritten.filter((path) => {
      const text = read(path).replace(/^#!.*\n/, "");
      if (path.endsWith(".sol"))
        return !/^\/\/ SPDX-License-Identifier: [\w.-]+\n/.test(text) || !/\/\*\*|\/\/\//.test(text);
      return !text.startsWith("/**");
    });
    expect(wrong).to.deep.equal([]);
  });

  it("nothing is marked as unfinished", () => {
    const marks = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
    expect(handWritten.filter((path) => marks.test(read(path)))).to.deep.equal([]);
  });

  it("no test is switched off or singled out", () => {
    const off = /\b(describe|it|test|context)\.(only|skip)\(|\bx(it|describe)\(|this\.skip\(\)/;
    expect(
      files(".test.ts").filter((path) => path !== "test/tidy/words.test.ts" && off.test(read(path))),
    ).to.deep.equal([]);
  });

  it("TypeScript has no enum, no namespace, and no default export outside configuration", () => {
    const allowed = /^(hardhat\.config\.ts|tasks\/|.*\.config\.ts)/;
    const wrong = typescript.filter((path) => {
      const text = read(path);
      if (/^\s*(export\s+)?(const\s+)?enum\s/m.test(text) || /^\s*(export\s+)?namespace\s/m.test(text)) return true;
      return !allowed.test(path) && /^export default/m.test(text);
    });
    expect(wrong).to.deep.equal([]);
  });

  it("barrels stand only at the front door of the SDK", () => {
    const wrong = files("/index.ts").filter((path) => path !== "node/sdk/index.ts");
    expect(wrong).to.deep.equal([]);
  });

  it(`no hand-written file is over ${MAX_LINES} lines`, () => {
    const wrong = handWritten
      .filter((path) => !(path in longFiles))
      .map((path) => ({ path, lines: read(path).split("\n").length }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(wrong).to.deep.equal([]);
  });

  it("process.env is read in configuration, scripts and tests only", () => {
    const allowed = /^(hardhat\.config\.ts|scripts\/|test\/|node\/cli\/)/;
    expect(typescript.filter((path) => !allowed.test(path) && /process\.env\b/.test(read(path)))).to.deep.equal([]);
  });

  it("the repository holds no file over 500 kB but the lockfile", () => {
    const wrong = files("").filter((path) => path !== "package-lock.json" && statSync(join(root, path)).size > 500_000);
    expect(wrong).to.deep.equal([]);
  });

  it("dependencies are exact and the lockfile names no host", () => {
    const manifest = JSON.parse(read("package.json"));
    const ranges = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version as string))).to.deep.equal([]);
    expect(read("package-lock.json")).not.to.match(/"resolved": *"http/);
  });
});
