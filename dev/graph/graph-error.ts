/** An error in the form of Graph's answers. @see https://learn.microsoft.com/graph/errors */
export interface GraphError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
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

export const insufficientPrivileges: GraphError = {
  status: 403,
  code: 'Authorization_RequestDenied',
  message: 'Insufficient privileges to complete the operation.',
};

export const userNotFound: GraphError = {
  status: 404,
  code: 'Request_ResourceNotFound',
  message:
    'Resource does not exist or one of its queried reference-property objects are not present.',
};

export const methodNotAllowed: GraphError = {
  status: 405,
  code: 'Request_BadRequest',
  message: 'Specified HTTP method is not allowed for the request target.',
};

export function unknownSegment(path: string): GraphError {
  const segment = path.split('/').at(-1) ?? '';
  return {
    status: 404,
    code: 'BadRequest',
    message: `Resource not found for the segment '${segment}'.`,
  };
}

export function unknownProperty(property: string): GraphError {
  return {
    status: 400,
    code: 'BadRequest',
    message:
      'Parsing OData Select and Expand failed: Could not find a property named ' +
      `'${property}' on type 'microsoft.graph.user'.`,
  };
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
