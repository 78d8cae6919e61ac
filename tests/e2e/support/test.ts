// The `test` of every spec: one server, a signed-in browser, and the guards over all that happens.

import { expect, test as base, type BrowserContext, type Page } from "@playwright/test";

import { Guard } from "./guard.js";
import { signInLink } from "./process.js";
import { signIn } from "./session.js";
import { world } from "./world.js";

/** The cookies of a browser that is not signed in. */
export const SIGNED_OUT = { cookies: [], origins: [] };

interface Fixtures {
  guard: Guard;
  /** Opens a page, and waits until scripts have taken it over where they run. */
  open: (path: string) => Promise<void>;
  /** A browser of its own, signed in with a session of its own. */
  another: () => Promise<BrowserContext>;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => use(world().url),
  storageState: async ({}, use) => use(world().signedIn),
  guard: [
    async ({ context, baseURL }, use) => {
      const guard = new Guard(baseURL!);
      await guard.watch(context);
      await use(guard);
      expect(guard.found, "console, policy and network stay clean").toEqual([]);
    },
    { auto: true },
  ],
  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      await page.goto(path);
      if (javaScriptEnabled) await takenOver(page);
    });
  },
  another: async ({ browser, baseURL, guard, javaScriptEnabled }, use) => {
    const made: BrowserContext[] = [];
    await use(async () => {
      const storageState = await signIn(baseURL!, await signInLink());
      const context = await browser.newContext({ baseURL: baseURL!, storageState, javaScriptEnabled: javaScriptEnabled! });
      await guard.watch(context);
      made.push(context);
      return context;
    });
    for (const context of made) await context.close();
  },
});

/** Waits until wasm has taken the page over. */
export async function takenOver(page: Page): Promise<void> {
  await expect(page.locator("html.scripted")).toBeAttached();
}

/** Leaves a test out, saying why, where the service with every type is not there. */
export function needsZoo(): void {
  const { zoo } = world();
  test.skip(zoo !== true, String(zoo));
}

export { expect };
