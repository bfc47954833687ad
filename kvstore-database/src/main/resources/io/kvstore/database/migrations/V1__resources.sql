-- PostgreSQL and H2 run the same statements.

CREATE TABLE resource (
    name       VARCHAR(63) PRIMARY KEY,
    region     VARCHAR(64) NOT NULL,
    enabled    BOOLEAN NOT NULL DEFAULT TRUE,
    -- Said and not inferred: whoever takes its last caller away does not mean to open it to everybody.
    open_to_all BOOLEAN NOT NULL DEFAULT FALSE,
    max_calls  INTEGER NOT NULL DEFAULT 0 CHECK (max_calls >= 0),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE resource_account (
    resource   VARCHAR(63) NOT NULL REFERENCES resource (name) ON DELETE CASCADE,
    region     VARCHAR(64) NOT NULL,
    account    VARCHAR(63) NOT NULL,
    endpoint   VARCHAR(1024) NOT NULL,
    -- The name of a credential, never a secret.
    credential VARCHAR(63) NOT NULL DEFAULT '',
    PRIMARY KEY (resource, region, account)
);

CREATE TABLE caller (
    name         VARCHAR(63) PRIMARY KEY,
    -- Of the whole token, in lower-case hex; the token itself is nowhere.
    token_sha256 VARCHAR(64) NOT NULL,
    created_at   TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A resource that has callers is theirs alone, whatever open_to_all says.
CREATE TABLE resource_caller (
    resource VARCHAR(63) NOT NULL REFERENCES resource (name) ON DELETE CASCADE,
    caller   VARCHAR(63) NOT NULL REFERENCES caller (name) ON DELETE CASCADE,
    PRIMARY KEY (resource, caller)
);

CREATE INDEX resource_caller_caller ON resource_caller (caller);
