-- What an event was to a document: 'insert', 'update', 'replace' or 'delete'; null for all that is no change of one. Of
-- a document that was renamed it is what became of the new key; under the old one it was deleted.
ALTER TABLE events ADD COLUMN document_change TEXT;
