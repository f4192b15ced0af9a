import type { FastifyReply } from 'fastify';
import { PROBLEM_TYPE, type Problem } from './problem.ts';

/** JSON is nothing to look at: a browser that is made to show it may do nothing with it. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What every reply bears that says nothing else. */
export function secure(reply: FastifyReply): void {
  reply.header('X-Content-Type-Options', 'nosniff').header('Referrer-Policy', 'no-referrer');
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  if (!reply.hasHeader('Content-Security-Policy')) reply.header('Content-Security-Policy', CONTENT_POLICY);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.problem = problem;
  // As text: what is an Error would be handed to the error handler once more.
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** As `sendProblem`, for an API whose errors are not ours. */
export function sendRendered(
  reply: FastifyReply,
  problem: Problem,
  render: (problem: Problem) => object,
): FastifyReply {
  reply.problem = problem;
  return reply.code(problem.status).headers(problem.headers).send(render(problem));
}

declare module 'fastify' {
  interface FastifyReply {
    /** Why the request was refused, for the log. */
    problem?: Problem;
  }
}
