// Signing in without a browser, for tests that are about something else.

import { request } from "@playwright/test";

/** Spends a sign-in link as its page's form would, and writes the cookies to `file`. */
export async function signIn(url: string, link: string, file?: string) {
  const code = new URL(link).searchParams.get("code") ?? "";
  // Without cookies of its own it would take those of the test, and end their session.
  const storageState = { cookies: [], origins: [] };
  const client = await request.newContext({ baseURL: url, storageState, extraHTTPHeaders: { origin: url } });
  const answer = await client.post("/login", { form: { code, next: "/" } });
  const state = await client.storageState(file ? { path: file } : {});
  await client.dispose();
  if (!answer.ok() || state.cookies.length === 0) {
    throw new Error(`signing in failed: ${answer.status()} ${answer.url()}`);
  }
  return state;
}
