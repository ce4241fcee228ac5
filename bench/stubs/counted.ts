import type { RequestListener } from 'node:http';

/** A listener that counts, and how many requests it has had since it was last asked. */
export function countedListener(listener: RequestListener): {
  listener: RequestListener;
  takeCount: () => number;
} {
  let count = 0;
  return {
    listener: (request, response) => {
      count += 1;
      listener(request, response);
    },
    takeCount: () => {
      const counted = count;
      count = 0;
      return counted;
    },
  };
}
