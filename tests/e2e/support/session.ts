// Signing in without a browser, for tests that are about something else.

import { request } from "@playwright/test";

/** Spends a sign-in link as its page's form would, and writes the cookies to `file`. */
export function signIn(url: string, link: string, file?: string) {
  return send(url, { code: new URL(link).searchParams.get("code") ?? "" }, file);
}

/** Signs in with a password as the page's form would. */
export function signInAs(url: string, name: string, password: string) {
  return send(url, { name, password });
}

async function send(url: string, form: Record<string, string>, file?: string) {
  // Without cookies of its own it would take those of the test, and end their session.
  const storageState = { cookies: [], origins: [] };
  const client = await request.newContext({ baseURL: url, storageState, extraHTTPHeaders: { origin: url } });
  const answer = await client.post("/login", { form: { ...form, next: "/" } });
  const state = await client.storageState(file ? { path: file } : {});
  await client.dispose();
  if (!answer.ok() || state.cookies.length === 0) {
    throw new Error(`signing in failed: ${answer.status()} ${answer.url()}`);
  }
  return state;
}
