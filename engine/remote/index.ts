export { RemoteModelError } from './errors.ts';
export { openRemoteModel } from './open-remote-model.ts';
export type { ChatReply, ChatRequest, RemoteModel, RemoteModelOptions } from './types.ts';
