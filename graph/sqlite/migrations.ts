/**
 * The schema, one string per version; a published entry is never changed, only followed by another.
 * Graph tables carry no foreign key to the corpus: the graph is derived and may live in another store.
 */
const version1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE workspaces (
  n INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: names the full-text table of the workspace
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  settings TEXT NOT NULL,
  salt TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

CREATE TABLE documents (
  n INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id) ON DELETE CASCADE,
  external_key TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  source TEXT NOT NULL,
  url TEXT,
  content_hash TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  tags TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  version INTEGER NOT NULL,
  published_version INTEGER NOT NULL DEFAULT 0,
  graph_version INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL,
  error TEXT,
  title TEXT NOT NULL,
  normalized_title TEXT NOT NULL,
  folded TEXT NOT NULL, -- name, key and title, for the search box of the document list
  pages INTEGER,
  chunk_count INTEGER NOT NULL DEFAULT 0,
  job_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (workspace_id, external_key)
);
CREATE INDEX documents_by_workspace ON documents (workspace_id, n);
CREATE INDEX documents_by_hash ON documents (workspace_id, content_hash);
CREATE INDEX documents_by_title ON documents (workspace_id, normalized_title);
CREATE INDEX documents_hidden ON documents (workspace_id, id) WHERE (enabled = 0 OR status = 'deleting');
CREATE INDEX documents_awaiting_graph ON documents (n) WHERE graph_version <> published_version;

-- Original bytes that a document still needs: of the newest version and of the published one.
CREATE TABLE document_blobs (
  document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  PRIMARY KEY (document_id, version)
) WITHOUT ROWID;
CREATE INDEX document_blobs_by_hash ON document_blobs (content_hash);

CREATE TABLE document_texts (
  document_id TEXT PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  blocks TEXT NOT NULL
);

CREATE TABLE chunks (
  n INTEGER PRIMARY KEY AUTOINCREMENT, -- rowid of the full-text index
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  heading_path TEXT NOT NULL,
  text TEXT NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  page INTEGER,
  sentences TEXT NOT NULL,
  token_count INTEGER NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document_id, ordinal);
CREATE INDEX chunks_by_workspace ON chunks (workspace_id);

CREATE TABLE chunk_tokens (
  chunk_id TEXT PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
  tokenizer TEXT NOT NULL,
  tokens BLOB NOT NULL -- int32, little endian
);

CREATE TABLE chunk_extractions (
  chunk_id TEXT PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
  extraction TEXT NOT NULL
);

CREATE TABLE chunk_kv (
  chunk_id TEXT PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
  kv_key TEXT NOT NULL
);
CREATE INDEX chunk_kv_by_key ON chunk_kv (kv_key);

CREATE TABLE vectors (
  label INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the label inside hnswlib
  chunk_id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  embedder TEXT NOT NULL,
  dim INTEGER NOT NULL,
  vector BLOB NOT NULL -- float32, little endian, unit length
);
CREATE INDEX vectors_by_workspace ON vectors (workspace_id, embedder, label);
CREATE INDEX vectors_by_document ON vectors (document_id);

-- What changed, in the order of commits, so that an index in another thread or process catches up.
CREATE TABLE vector_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL,
  embedder TEXT NOT NULL,
  label INTEGER NOT NULL,
  removed INTEGER NOT NULL
);
CREATE INDEX vector_log_by_workspace ON vector_log (workspace_id, seq);

CREATE TABLE jobs (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  document_id TEXT NOT NULL,
  document_name TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  progress TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  run INTEGER NOT NULL DEFAULT 0,
  run_token TEXT UNIQUE,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT
);
CREATE INDEX jobs_by_workspace ON jobs (workspace_id, n);
CREATE INDEX jobs_by_document ON jobs (document_id, n);
CREATE INDEX jobs_unfinished ON jobs (n) WHERE state IN ('enqueued', 'processing');

CREATE TABLE answers (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX answers_by_workspace ON answers (workspace_id, n);

CREATE TABLE entities (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  normalized_name TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  mention_count INTEGER NOT NULL,
  fact_count INTEGER NOT NULL,
  document_count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX entities_by_rank ON entities (workspace_id, mention_count DESC, id);

-- Every form in which an entity is written, its name included.
CREATE TABLE entity_aliases (
  entity_id TEXT NOT NULL,
  form TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  folded TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (entity_id, form)
) WITHOUT ROWID;
CREATE INDEX entity_aliases_by_form ON entity_aliases (workspace_id, folded);

CREATE TABLE mentions (
  n INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  chunk_id TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  name TEXT NOT NULL,
  surface TEXT NOT NULL,
  type TEXT NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  UNIQUE (workspace_id, document_id, chunk_id, start, end, entity_id)
);
CREATE INDEX mentions_by_entity ON mentions (entity_id, document_id, start);
CREATE INDEX mentions_by_chunk ON mentions (workspace_id, chunk_id);

CREATE TABLE facts (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  relation TEXT NOT NULL,
  object_id TEXT NOT NULL,
  negated INTEGER NOT NULL,
  confidence REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX facts_by_rank ON facts (workspace_id, confidence DESC, id);
CREATE INDEX facts_by_subject ON facts (subject_id);
CREATE INDEX facts_by_object ON facts (object_id);

CREATE TABLE fact_support (
  n INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  chunk_id TEXT NOT NULL,
  fact_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  relation TEXT NOT NULL,
  object_id TEXT NOT NULL,
  object_name TEXT NOT NULL,
  object_type TEXT NOT NULL,
  negated INTEGER NOT NULL,
  confidence REAL NOT NULL,
  subject_start INTEGER NOT NULL, subject_end INTEGER NOT NULL,
  relation_start INTEGER NOT NULL, relation_end INTEGER NOT NULL,
  object_start INTEGER NOT NULL, object_end INTEGER NOT NULL,
  sentence_start INTEGER NOT NULL, sentence_end INTEGER NOT NULL,
  UNIQUE (workspace_id, document_id, chunk_id, fact_id, subject_start, subject_end,
          relation_start, relation_end, object_start, object_end)
);
CREATE INDEX fact_support_by_fact ON fact_support (fact_id);
CREATE INDEX fact_support_by_subject ON fact_support (subject_id);
CREATE INDEX fact_support_by_object ON fact_support (object_id);
CREATE INDEX fact_support_by_chunk ON fact_support (workspace_id, chunk_id);
`;

export const migrations: readonly string[] = [version1];
