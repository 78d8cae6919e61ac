import { defineConfig } from "@playwright/test";

const TEST_MAX_MS = 60_000;
const EXPECT_MAX_MS = 10_000;

// The sandbox needs rights that containers lack; the rest keeps Chromium from talking to anybody but Micro.
const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
];

export default defineConfig({
  testDir: "specs",
  outputDir: "results",
  globalSetup: "./support/setup.ts",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  timeout: TEST_MAX_MS,
  expect: { timeout: EXPECT_MAX_MS },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: { executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: CHROMIUM_ARGS },
  },
  // What needs wasm is `*.hydrate.spec.ts`; everything else must work with scripts and without.
  projects: [
    { name: "scripts", use: { javaScriptEnabled: true } },
    { name: "no-scripts", use: { javaScriptEnabled: false }, testIgnore: "**/*.hydrate.spec.ts" },
  ],
});
