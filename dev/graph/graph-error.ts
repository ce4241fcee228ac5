/** An error in the form of Graph's answers. @see https://learn.microsoft.com/graph/errors */
export interface GraphError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Thrown by a route that cannot answer otherwise. */
export class GraphFailure extends Error {
  readonly error: GraphError;

  constructor(error: GraphError) {
    super(error.message);
    this.error = error;
  }
}

export const invalidToken: GraphError = {
  status: 401,
  code: 'InvalidAuthenticationToken',
  message: 'Access token validation failure.',
};

export const emptyToken: GraphError = {
  status: 401,
  code: 'InvalidAuthenticationToken',
  message: 'Access token is empty.',
};

export const expiredToken: GraphError = {
  status: 401,
  code: 'InvalidAuthenticationToken',
  message: 'Lifetime validation failed, the token is expired.',
};

/** What a directory resource says to a token without the permission. */
export const insufficientPrivileges: GraphError = {
  status: 403,
  code: 'Authorization_RequestDenied',
  message: 'Insufficient privileges to complete the operation.',
};

/** What mail, calendar, files and people say to a token without the permission. */
export const accessDenied: GraphError = {
  status: 403,
  code: 'ErrorAccessDenied',
  message: 'Access is denied. Check credentials and try again.',
};

export const userNotFound: GraphError = {
  status: 404,
  code: 'Request_ResourceNotFound',
  message:
    'Resource does not exist or one of its queried reference-property objects are not present.',
};

/** What Exchange says of an id that it doesn't know. */
export const itemNotFound: GraphError = {
  status: 404,
  code: 'ErrorItemNotFound',
  message: 'The specified object was not found in the store.',
};

export const imageNotFound: GraphError = {
  status: 404,
  code: 'ImageNotFound',
  message: "The photo wasn't found.",
};

/** What OneDrive says of an id that it doesn't know. */
export const driveItemNotFound: GraphError = {
  status: 404,
  code: 'itemNotFound',
  message: 'The resource could not be found.',
};

export const changeConflict: GraphError = {
  status: 412,
  code: 'ErrorIrresolvableConflict',
  message:
    'The send or update operation could not be performed because the change key passed in the ' +
    'request does not match the current change key for the item.',
};

export const methodNotAllowed: GraphError = {
  status: 405,
  code: 'Request_BadRequest',
  message: 'Specified HTTP method is not allowed for the request target.',
};

export const requestTooLarge: GraphError = {
  status: 413,
  code: 'RequestEntityTooLarge',
  message: 'The request is larger than 4 MB.',
};

export function invalidRequest(message: string): GraphError {
  return { status: 400, code: 'ErrorInvalidRequest', message };
}

export function invalidParameter(message: string): GraphError {
  return { status: 400, code: 'ErrorInvalidParameter', message };
}

export function badQuery(message: string): GraphError {
  return { status: 400, code: 'BadRequest', message };
}

export function unknownSegment(path: string): GraphError {
  const segment = path.split('/').at(-1) ?? '';
  return {
    status: 404,
    code: 'BadRequest',
    message: `Resource not found for the segment '${segment}'.`,
  };
}

export function unknownProperty(property: string, type: string): GraphError {
  return badQuery(
    'Parsing OData Select and Expand failed: Could not find a property named ' +
      `'${property}' on type '${type}'.`,
  );
}

export interface GraphRequestIds {
  readonly requestId: string;
  readonly clientRequestId: string;
}

export function graphErrorBody({ code, message }: GraphError, ids: GraphRequestIds): object {
  return {
    error: {
      code,
      message,
      innerError: {
        date: new Date(Date.now()).toISOString().slice(0, 19),
        'request-id': ids.requestId,
        'client-request-id': ids.clientRequestId,
      },
    },
  };
}
