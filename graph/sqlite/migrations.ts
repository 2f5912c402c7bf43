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

/**
 * The graph tables anew, by row numbers instead of text ids: a tenth of the bytes in the indices, and rows of
 * one document lie together. The graph is derived: every document is written into it again at the next start.
 */
const graphByNumbers = `
DROP TABLE entities;
DROP TABLE entity_aliases;
DROP TABLE mentions;
DROP TABLE facts;
DROP TABLE fact_support;
UPDATE documents SET graph_version = 0;

CREATE TABLE graph_workspaces (
  n INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: a cursor into the changes names it
  id TEXT NOT NULL UNIQUE,
  change INTEGER NOT NULL DEFAULT 0    -- number of the last change
);

-- Removed documents stay as a row without chunks, so that a reader learns of the removal.
CREATE TABLE graph_documents (
  n INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  id TEXT NOT NULL,
  first_chunk INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  change INTEGER NOT NULL,             -- of the last write
  UNIQUE (workspace, id)
);
CREATE INDEX graph_documents_by_change ON graph_documents (workspace, change);

-- The chunks of a document have consecutive numbers, new ones with every write.
CREATE TABLE graph_chunks (
  n INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  id TEXT NOT NULL
);
CREATE INDEX graph_chunks_by_id ON graph_chunks (id);

CREATE TABLE entities (
  n INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  said_name TEXT NOT NULL,             -- stands where a mention or a support has no name of its own
  said_type TEXT NOT NULL,             -- likewise
  types TEXT NOT NULL,                 -- JSON {type: [mentions, ends of supports]}
  mention_count INTEGER NOT NULL,
  fact_count INTEGER NOT NULL,
  document_count INTEGER NOT NULL
);
CREATE INDEX entities_by_rank ON entities (workspace, mention_count DESC, id);

-- Every form in which an entity is written, its name included.
CREATE TABLE entity_forms (
  entity INTEGER NOT NULL,
  form TEXT NOT NULL,
  workspace INTEGER NOT NULL,
  folded TEXT NOT NULL,
  written INTEGER NOT NULL,            -- mentions with this surface, or with this name and another surface
  named INTEGER NOT NULL,              -- mentions with this name
  ends INTEGER NOT NULL,               -- ends of supports with this name
  everyday INTEGER NOT NULL,           -- a pronoun or no word at all: an alias only where it is the name
  PRIMARY KEY (entity, form)
) WITHOUT ROWID;
CREATE INDEX entity_forms_by_folded ON entity_forms (workspace, folded);

-- Row numbers of mentions and supports are chunk * 2^20 + place in the chunk.
CREATE TABLE mentions (
  n INTEGER PRIMARY KEY,
  entity INTEGER NOT NULL,
  start INTEGER NOT NULL,
  end INTEGER NOT NULL,
  name TEXT,                           -- NULL: the said_name of the entity
  surface TEXT,                        -- NULL: the name
  type TEXT                            -- NULL: the said_type of the entity
);
CREATE INDEX mentions_by_entity ON mentions (entity);

CREATE TABLE facts (
  n INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  subject INTEGER NOT NULL,
  relation TEXT NOT NULL,
  object INTEGER NOT NULL,
  negated INTEGER NOT NULL,
  confidence REAL NOT NULL,
  supports INTEGER NOT NULL
);
CREATE INDEX facts_by_rank ON facts (workspace, confidence DESC, id);
CREATE INDEX facts_by_subject ON facts (subject);
CREATE INDEX facts_by_object ON facts (object);

CREATE TABLE fact_support (
  n INTEGER PRIMARY KEY,
  fact INTEGER NOT NULL,
  confidence REAL NOT NULL,
  subject_name TEXT, subject_type TEXT, -- NULL: as said of the entity
  object_name TEXT, object_type TEXT,
  subject_start INTEGER NOT NULL, subject_end INTEGER NOT NULL,
  relation_start INTEGER NOT NULL, relation_end INTEGER NOT NULL,
  object_start INTEGER NOT NULL, object_end INTEGER NOT NULL,
  sentence_start INTEGER NOT NULL, sentence_end INTEGER NOT NULL,
  valid_from TEXT, valid_to TEXT, valid_start INTEGER, valid_end INTEGER
);
CREATE INDEX fact_support_by_fact ON fact_support (fact);
`;

/** What indices in memory follow: attributes of documents, and rows that left a full-text index. */
const searchAttributes = `
CREATE TABLE revisions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO revisions (name, value) VALUES ('document_attributes', 0), ('saved_indices', 0);
CREATE TRIGGER documents_attributes_changed AFTER UPDATE ON documents
WHEN old.enabled <> new.enabled OR (old.status = 'deleting') <> (new.status = 'deleting')
  OR old.tags <> new.tags OR old.media_type <> new.media_type
BEGIN
  UPDATE revisions SET value = value + 1 WHERE name = 'document_attributes';
END;
CREATE INDEX documents_by_attributes ON documents (workspace_id, created_at, media_type, tags);

CREATE TABLE lexical_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL, -- workspaces.n
  row INTEGER NOT NULL -- chunks.n; 0: all rows
);
`;

/** Decisions on which names mean the same, and since when each chunk has been known. */
const identity = `
CREATE TABLE identity_records (
  n INTEGER PRIMARY KEY AUTOINCREMENT, -- order of making
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  decision TEXT NOT NULL,
  made_by TEXT NOT NULL,
  evidence TEXT NOT NULL,
  undo_token TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  undone_at TEXT,
  revision INTEGER NOT NULL, -- of the workspace's records, when this one last changed
  applied_revision INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX identity_records_by_workspace ON identity_records (workspace_id, revision);
CREATE INDEX identity_records_unapplied ON identity_records (n) WHERE revision <> applied_revision;
CREATE TRIGGER identity_records_end AFTER DELETE ON workspaces
BEGIN
  DELETE FROM identity_records WHERE workspace_id = old.id;
END;

ALTER TABLE chunks ADD COLUMN first_seen TEXT; -- NULL: before this was recorded
`;

/** Which store the graph was last written to: another one has to get all of it. */
const graphStore = `
CREATE TABLE graph_store (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL);
INSERT INTO graph_store (only, id) VALUES (1, 'sqlite');
`;

/** What graphs are stated in, what was kept out of them, and what models read. */
const schemas = `
CREATE TABLE schemas (
  workspace_id TEXT PRIMARY KEY,
  body TEXT, -- NULL: none any more
  revision INTEGER NOT NULL,
  updated_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE rejections (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id TEXT NOT NULL,
  made_by TEXT NOT NULL,
  chunk_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL,
  relation TEXT NOT NULL,
  object TEXT NOT NULL,
  sentence_start INTEGER NOT NULL,
  sentence_end INTEGER NOT NULL
);
CREATE INDEX rejections_by_document ON rejections (document_id, made_by);
CREATE TABLE rejection_counts (
  document_id TEXT NOT NULL,
  made_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (document_id, made_by, reason)
) WITHOUT ROWID;

CREATE TABLE model_readings (
  chunk_id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL,
  triples TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX model_readings_by_document ON model_readings (document_id);
CREATE TABLE model_replies (
  key TEXT PRIMARY KEY, -- hash of model, schema and text
  reply TEXT NOT NULL,
  created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER schemas_end AFTER DELETE ON workspaces
BEGIN
  DELETE FROM schemas WHERE workspace_id = old.id;
END;
CREATE TRIGGER rejections_end AFTER DELETE ON documents
BEGIN
  DELETE FROM rejections WHERE document_id = old.id;
  DELETE FROM rejection_counts WHERE document_id = old.id;
  DELETE FROM model_readings WHERE document_id = old.id;
END;
CREATE TRIGGER model_readings_end AFTER DELETE ON chunks
BEGIN
  DELETE FROM model_readings WHERE chunk_id = old.id;
END;
`;

/** Titles are found without their bracketed suffix; normalising has taken the closing bracket off already. */
const plainTitles = `
UPDATE documents SET normalized_title = substr(normalized_title, 1, instr(normalized_title, ' (') - 1)
WHERE instr(normalized_title, ' (') > 1 AND substr(trim(title), -1) = ')';
`;

/** A chunk may have vectors of two embedders: those of the former one serve until the new ones are complete. */
const vectorsPerEmbedder = `
DROP INDEX vectors_by_workspace;
DROP INDEX vectors_by_document;
ALTER TABLE vectors RENAME TO former_vectors;
CREATE TABLE vectors (
  label INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the label inside hnswlib
  chunk_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  embedder TEXT NOT NULL,
  dim INTEGER NOT NULL,
  vector BLOB NOT NULL, -- float32, little endian, unit length
  UNIQUE (chunk_id, embedder)
);
INSERT INTO vectors SELECT label, chunk_id, workspace_id, document_id, embedder, dim, vector FROM former_vectors;
DELETE FROM sqlite_sequence WHERE name = 'vectors';
INSERT INTO sqlite_sequence (name, seq) SELECT 'vectors', seq FROM sqlite_sequence WHERE name = 'former_vectors';
DROP TABLE former_vectors;
CREATE INDEX vectors_by_workspace ON vectors (workspace_id, embedder, label);
CREATE INDEX vectors_by_document ON vectors (document_id);
`;

/** Optional: only where sentences are embedded. */
const sentenceVectors = `
CREATE TABLE sentence_vectors (
  chunk_id TEXT NOT NULL,
  embedder TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  dim INTEGER NOT NULL,
  vectors BLOB NOT NULL, -- for each sentence: scale (float32, little endian), then one int8 per dimension
  PRIMARY KEY (chunk_id, embedder)
) WITHOUT ROWID;
CREATE INDEX sentence_vectors_by_embedder ON sentence_vectors (workspace_id, embedder);
CREATE TRIGGER sentence_vectors_end AFTER DELETE ON chunks
BEGIN
  DELETE FROM sentence_vectors WHERE chunk_id = old.id;
END;
`;

/** What a search reads in large numbers: starts of mentions from the index alone, titles in the order of publication. */
const readsOfSearch = `
DROP INDEX mentions_by_entity;
CREATE INDEX mentions_by_entity ON mentions (entity, start);

ALTER TABLE documents ADD COLUMN publication INTEGER NOT NULL DEFAULT 0; -- 'publications' of revisions at the last one
UPDATE documents SET publication = n WHERE published_version > 0;
INSERT INTO revisions (name, value) SELECT 'publications', coalesce(max(n), 0) FROM documents;
CREATE INDEX documents_by_publication ON documents (workspace_id, publication) WHERE publication > 0;
`;

/**
 * Conversations are lists of answers. Documents whose KV cache the user wants to keep. Caches of a chunk that were
 * computed behind another chunk of the workspace.
 */
const conversations = `
CREATE TABLE conversations (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX conversations_by_workspace ON conversations (workspace_id, n);
CREATE TABLE conversation_turns (
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  turn INTEGER NOT NULL, -- from 1 on
  answer_id TEXT NOT NULL REFERENCES answers(id) ON DELETE CASCADE,
  tokenizer TEXT, -- NULL: what was answered is encoded anew
  token_ids BLOB, -- int32, little endian, without the end token
  PRIMARY KEY (conversation_id, turn)
) WITHOUT ROWID;
CREATE INDEX conversation_turns_by_answer ON conversation_turns (answer_id);

ALTER TABLE documents ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

CREATE TABLE chunk_kv_behind (
  chunk_id TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
  context_id TEXT NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
  kv_key TEXT NOT NULL,
  PRIMARY KEY (chunk_id, context_id)
) WITHOUT ROWID;
CREATE INDEX chunk_kv_behind_by_context ON chunk_kv_behind (context_id);
CREATE INDEX chunk_kv_behind_by_key ON chunk_kv_behind (kv_key);
`;

/** The unique index of facts by a name, so that a bulk load can leave it until the end. */
const factsByNamedId = `
CREATE TABLE facts_with_named_index (
  n INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  id TEXT NOT NULL,
  subject INTEGER NOT NULL,
  relation TEXT NOT NULL,
  object INTEGER NOT NULL,
  negated INTEGER NOT NULL,
  confidence REAL NOT NULL,
  supports INTEGER NOT NULL
);
INSERT INTO facts_with_named_index
  SELECT n, workspace, id, subject, relation, object, negated, confidence, supports FROM facts ORDER BY n;
DROP TABLE facts;
ALTER TABLE facts_with_named_index RENAME TO facts;
CREATE UNIQUE INDEX facts_by_id ON facts (id);
CREATE INDEX facts_by_rank ON facts (workspace, confidence DESC, id);
CREATE INDEX facts_by_subject ON facts (subject);
CREATE INDEX facts_by_object ON facts (object);
`;

/**
 * Titles that came or went, in order: what documents say of each other by title follows this log. A title that changes
 * again moves to its end. "settled": the documents that name it were written to the graph since.
 */
const titleChanges = `
CREATE TABLE title_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL,
  title TEXT NOT NULL, -- documents.normalized_title
  settled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (workspace_id, title)
);
CREATE INDEX title_changes_pending ON title_changes (workspace_id, seq) WHERE NOT settled;
INSERT INTO title_changes (workspace_id, title)
  SELECT DISTINCT workspace_id, normalized_title FROM documents WHERE published_version > 0;
CREATE TRIGGER documents_title_changed AFTER UPDATE OF normalized_title, published_version ON documents
WHEN new.published_version > 0
  AND (old.published_version = 0 OR old.normalized_title <> new.normalized_title)
BEGIN
  INSERT OR REPLACE INTO title_changes (workspace_id, title) VALUES (new.workspace_id, new.normalized_title);
  INSERT OR REPLACE INTO title_changes (workspace_id, title)
    SELECT old.workspace_id, old.normalized_title
    WHERE old.published_version > 0 AND old.normalized_title <> new.normalized_title;
END;
CREATE TRIGGER documents_title_gone AFTER DELETE ON documents WHEN old.published_version > 0
BEGIN
  INSERT OR REPLACE INTO title_changes (workspace_id, title) VALUES (old.workspace_id, old.normalized_title);
END;
`;

/**
 * What chunks say, for embedding it: facts as sentences and names of entities, each text once in a workspace. A text
 * lives as long as a chunk says it, its vectors as long as the text. Optional: only where these are embedded.
 */
const graphTexts = `
CREATE TABLE graph_texts (
  label INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the label inside hnswlib
  workspace_id TEXT NOT NULL,
  kind TEXT NOT NULL, -- 'fact' or 'name'
  text TEXT NOT NULL,
  UNIQUE (workspace_id, kind, text)
);
CREATE TABLE graph_text_uses (
  chunk INTEGER NOT NULL, -- chunks.n
  label INTEGER NOT NULL,
  PRIMARY KEY (chunk, label)
) WITHOUT ROWID;
CREATE INDEX graph_text_uses_by_label ON graph_text_uses (label, chunk);
CREATE TABLE graph_text_vectors (
  label INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  embedder TEXT NOT NULL,
  dim INTEGER NOT NULL,
  vector BLOB NOT NULL, -- float32, little endian, unit length
  PRIMARY KEY (label, embedder)
);
CREATE INDEX graph_text_vectors_by_workspace ON graph_text_vectors (workspace_id, kind, embedder, label);
CREATE TABLE graph_text_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  embedder TEXT NOT NULL,
  label INTEGER NOT NULL
);
CREATE INDEX graph_text_log_by_workspace ON graph_text_log (workspace_id, kind, embedder, seq);
CREATE TRIGGER graph_text_uses_end AFTER DELETE ON chunks
BEGIN
  DELETE FROM graph_text_uses WHERE chunk = old.n;
END;
CREATE TRIGGER graph_texts_end AFTER DELETE ON graph_text_uses
BEGIN
  DELETE FROM graph_texts WHERE label = old.label
    AND NOT EXISTS (SELECT 1 FROM graph_text_uses WHERE label = old.label);
END;
CREATE TRIGGER graph_text_vectors_end AFTER DELETE ON graph_texts
BEGIN
  DELETE FROM graph_text_vectors WHERE label = old.label;
END;
CREATE TRIGGER graph_text_vectors_come AFTER INSERT ON graph_text_vectors
BEGIN
  INSERT INTO graph_text_log (workspace_id, kind, embedder, label)
    VALUES (new.workspace_id, new.kind, new.embedder, new.label);
END;
CREATE TRIGGER graph_text_vectors_go AFTER DELETE ON graph_text_vectors
BEGIN
  INSERT INTO graph_text_log (workspace_id, kind, embedder, label)
    VALUES (old.workspace_id, old.kind, old.embedder, old.label);
END;
`;

export const migrations: readonly string[] = [
  version1,
  graphByNumbers,
  searchAttributes,
  identity,
  graphStore,
  schemas,
  plainTitles,
  vectorsPerEmbedder,
  sentenceVectors,
  readsOfSearch,
  conversations,
  factsByNamedId,
  titleChanges,
  graphTexts,
];
