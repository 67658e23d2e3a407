// Drives a sandbox with @pollinations/sdk 5.0.0; prints one JSON object: what each call gave.
// Arguments: folder of the packages, base URL, enter URL, media URL, key.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, base, enter, media, key] = process.argv.slice(2);
const entry = createRequire(pathToFileURL(folder + "/")).resolve("@pollinations/sdk");
const { Pollinations } = await import(pathToFileURL(entry).href);

// The SDK lets the gen host be chosen alone; the other two are constants in it.
const realFetch = globalThis.fetch;
globalThis.fetch = (url, options) =>
  realFetch(
    String(url)
      .replace("https://enter.pollinations.ai", enter)
      .replace("https://media.pollinations.ai", media),
    options,
  );
// Its device flow waits five seconds before each poll.
const realTimeout = globalThis.setTimeout;
globalThis.setTimeout = (action, delay, ...rest) => realTimeout(action, delay === 5000 ? 5 : delay, ...rest);

const client = new Pollinations({ apiKey: key, baseUrl: base, maxRetries: 1 });
const result = {};
const small = { width: 64, height: 64, seed: 3 };
const hello = [{ role: "user", content: "Tell me about bees" }];

result.textModels = (await client.textModels()).length;
result.imageModels = (await client.imageModels()).length;
result.models = (await client.models()).data?.length;

const picture = await client.image("a bee / in space?", { ...small, model: "flux" });
result.image = { type: picture.contentType, size: picture.buffer.byteLength, keyless: !picture.url.includes("key=") };
result.publicUrl = (await realFetch(picture.url)).status;
const made = await client.imageGenerate("a cat", { size: "64x64", model: "flux", responseFormat: "url" });
result.imageGenerate = { type: made.contentType, url: made.url.startsWith(base) };
const plain = await client.imageGenerate("a cat", { width: 64, height: 64, model: "flux", seed: 2 });
result.imageB64 = plain.buffer.byteLength;
result.video = (await client.video("the sea", { model: "veo", duration: 4, audio: false })).contentType;

result.text = await client.text("hello there", { model: "openai" });
let streamed = "";
for await (const piece of client.textStream("hello there", { model: "openai" })) streamed += piece;
result.textStream = streamed.length;
result.chat = (await client.chat(hello, { model: "openai", seed: 1 })).choices[0].message.content;
let pieces = "";
let usage = null;
for await (const chunk of client.chatStream(hello, { model: "openai", seed: 1 })) {
  pieces += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
result.chatStream = pieces;
result.chatUsage = usage?.total_tokens;

const spoken = await client.audio("Hello from the studio.", { voice: "nova" });
result.audio = spoken.contentType;
result.audioSpeech = (await client.audioSpeech("Hello", { voice: "alloy" })).contentType;
result.transcribe = (await client.transcribe(spoken.buffer)).text;
result.srt = (await client.transcribe(spoken.buffer, { responseFormat: "srt" })).text.includes("-->");

const upload = await client.upload(new Blob([new Uint8Array(plain.buffer)], { type: "image/jpeg" }), { name: "a.jpg" });
result.upload = (await realFetch(upload.url)).headers.get("content-type");
const edited = await client.imageEdit("make it red", { model: "kontext", image: upload.url });
result.imageEdit = edited.buffer.byteLength > 0;
try {
  await client.imageEdit("make it red", { model: "nanobanana", image: [upload.url, upload.url] });
} catch (error) {
  result.editList = error.status; // an array of plain strings, which the current route refuses
}

const address = Pollinations.authorizeUrl({
  redirectUrl: "http://127.0.0.1:53123/callback", state: "S1", permissions: ["profile", "usage"], authBaseUrl: enter,
});
result.authorizePage = (await realFetch(address)).status;
const device = await Pollinations.authorizeDevice({ scope: "profile usage" });
await realFetch(device.verificationUri, {
  method: "POST", body: new URLSearchParams({ user_code: device.userCode, decision: "approve" }),
});
const signedIn = new Pollinations({ apiKey: await device.poll(), baseUrl: base });
result.signedIn = (await signedIn.validateKey()).permissions.account;
result.userInfo = (await client.userInfo()).preferred_username;

result.profile = (await client.accountProfile()).githubUsername;
result.balance = (await client.accountBalance()).balance;
result.usage = (await client.accountUsage({ limit: 5 })).count;
result.daily = (await client.accountUsageDaily()).count > 0;
result.keyUsage = (await client.accountKeyUsage({ limit: 2 })).count;
const child = await client.createKey({ name: "child", pollenBudget: 1, accountPermissions: ["usage"] });
result.listed = (await client.listKeys()).some((item) => item.id === child.id);
await client.revokeKey(child.id);
result.revoked = !(await client.listKeys()).some((item) => item.id === child.id);

const errorOf = async (call) => {
  try {
    await call();
  } catch (error) {
    return { status: error.status, code: error.code, retryAfter: error.retryAfter };
  }
};
result.wrongModel = await errorOf(() => client.image("x", { model: "nope" }));
result.nobody = await errorOf(() => new Pollinations({ apiKey: "sk_nobody", baseUrl: base }).image("x"));
console.log(JSON.stringify(result));
