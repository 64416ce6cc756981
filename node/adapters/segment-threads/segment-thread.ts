/** What runs in a thread that works on segments: one job after the other. */
import {parentPort} from 'node:worker_threads';
import {defined} from '#kernel/assert';
import type {SegmentPorts} from '#pieces/ports';
import {decodeInPlace, encodeInPlace, sparePiece, unmaskIfPiece} from '#pieces/segment/segment-in-place';
import {createSegmentPorts} from '../segment-ports.ts';
import type {FromThread, JobResult, SegmentJob, ToThread} from './segment-job.ts';

const port = defined(parentPort ?? undefined, 'this file is started as a worker');
const tell = (message: FromThread): void => port.postMessage(message);

const work = (ports: SegmentPorts, id: number, job: SegmentJob): JobResult<SegmentJob['kind']> => {
	switch (job.kind) {
		case 'encode':
			encodeInPlace(ports, job.space, piece => tell({kind: 'ready', id, piece}));
			return undefined;
		case 'spare':
			return sparePiece(ports, job.space, job.index);
		case 'receive':
			return unmaskIfPiece(ports, job.piece);
		case 'decode': {
			const decoded = decodeInPlace(ports, job.space, job.have);
			return decoded.ok ? {ok: true, value: undefined} : decoded;
		}
	}
};

const ports = await createSegmentPorts();
port.on('message', ({id, job}: ToThread) => {
	try {
		tell({kind: 'done', id, result: work(ports, id, job)});
	} catch (error) {
		tell({kind: 'broken', id, message: String(error)});
	}
});
tell({kind: 'started'});
