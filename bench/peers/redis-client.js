import { createClient } from 'redis';

/** One connection that all requests share, as node-redis recommends. */
export const redis = createClient({ url: process.env.REDIS_URL });
redis.on('error', (error) => console.error(error));
await redis.connect();
