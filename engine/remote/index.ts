export { RemoteModelError } from './errors.ts';
export { openRemoteModel } from './open-remote-model.ts';
export type {
  ChatReply,
  ChatRequest,
  CompletionPiece,
  CompletionReply,
  RemoteModel,
  RemoteModelOptions,
} from './types.ts';
