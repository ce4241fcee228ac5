@description('Tags of a resource.')
@export()
type tagsType = {
  *: string
}

@description('Instances that never go away, by what they run. Each costs while it idles.')
@export()
@sealed()
type alwaysReadyType = {
  @description('All HTTP functions.')
  @minValue(0)
  @maxValue(100)
  http: int

  @description('The queue’s worker.')
  @minValue(0)
  @maxValue(100)
  refreshWorker: int
}

@description('Who may sign in, what may be asked of Graph, and who may act for absent users.')
@export()
@sealed()
type signInType = {
  @description('Ids of the tenants whose users may sign in; empty: the one of the deployment alone.')
  allowedTenants: string[]

  @description('Delegated Graph scopes that may be asked: names in graph-scopes.json.')
  @minLength(1)
  graphScopes: string[]

  @description('Those of them that every sign-in asks for; empty: all.')
  graphSignInScopes: string[]

  @description('What callers may ask of Graph, as GRAPH_ROUTES; empty: the built-in list.')
  graphRoutes: string[]

  @description('Whether devices without a browser may sign in. See SECURITY.md about phishing first.')
  deviceSignIn: bool

  @description('Delegated Graph scopes of device sign-ins: names in graph-scopes.json.')
  @minLength(1)
  deviceScopes: string[]

  @description('Whether back ends with the app role may act for absent users.')
  backEnds: bool

  @description('Client ids of those that may; empty: all with the role.')
  backEndClientIds: string[]
}

@description('Settings of README’s table that are about time and load. Left out: the app’s default.')
@export()
@sealed()
type tuningType = {
  SESSION_IDLE_HOURS: string?
  SESSION_MAX_DAYS: string?
  REFRESH_SCHEDULE: string?
  REFRESH_LEAD_MINUTES: string?
  REFRESH_HOT_HOURS: string?
  REFRESH_KEEPALIVE_DAYS: string?
  REFRESH_BUDGET_PER_SECOND: string?
  RETAIN_WITHOUT_SESSION_DAYS: string?
  OTEL_EXPORTER_OTLP_ENDPOINT: string?
}
