-- Listening and conversational quality apart from each other.
--
-- Of a row that was written before, the one that r_factor is can be told by its
-- delay: a score without a known delay left delay out, which is what listening
-- quality does. The other one is unknown until the row is recomputed.

ALTER TABLE media_reports ADD COLUMN IF NOT EXISTS r_lq Nullable(Float64) DEFAULT if(delay_ms IS NULL, r_factor, NULL) COMMENT 'Listening quality: R without any delay (T = Tr = Ta = 0), on mos_scale; unit=R points; source=ITU-T G.107, G.107.1, G.107.2; privacy=none' CODEC(ZSTD(1)) AFTER mos;

ALTER TABLE media_reports ADD COLUMN IF NOT EXISTS mos_lq Nullable(Float64) DEFAULT if(delay_ms IS NULL, mos, NULL) COMMENT 'Mean opinion score of r_lq: 1..4.5; unit=MOS; source=ITU-T G.107 annex B, G.107.1 annex A, G.107.2 annex A; privacy=none' CODEC(ZSTD(1)) AFTER r_lq;

ALTER TABLE media_reports ADD COLUMN IF NOT EXISTS r_cq Nullable(Float64) DEFAULT if(delay_ms IS NOT NULL, r_factor, NULL) COMMENT 'Conversational quality: R with delay_ms, unknown where the delay is, on mos_scale; unit=R points; source=ITU-T G.107, G.107.1, G.107.2; privacy=none' CODEC(ZSTD(1)) AFTER mos_lq;

ALTER TABLE media_reports ADD COLUMN IF NOT EXISTS mos_cq Nullable(Float64) DEFAULT if(delay_ms IS NOT NULL, mos, NULL) COMMENT 'Mean opinion score of r_cq: 1..4.5; unit=MOS; source=ITU-T G.107 annex B, G.107.1 annex A, G.107.2 annex A; privacy=none' CODEC(ZSTD(1)) AFTER r_cq;

-- What was there gets the words that tell it from the new columns.

ALTER TABLE media_reports MODIFY COLUMN IF EXISTS r_factor COMMENT 'Transmission rating factor R on mos_scale: r_cq where the delay is known, else r_lq; unit=R points; source=ITU-T G.107, G.107.1, G.107.2; privacy=none';

ALTER TABLE media_reports MODIFY COLUMN IF EXISTS mos COMMENT 'Mean opinion score of r_factor: 1..4.5; unit=MOS; source=ITU-T G.107 annex B, G.107.1 annex A, G.107.2 annex A; privacy=none';

ALTER TABLE media_reports MODIFY COLUMN IF EXISTS grade COMMENT 'User satisfaction band of r_factor on the narrowband scale, empty without a score and on scales for which no bands are published; unit=none; source=ITU-T G.107 annex B; privacy=none';

ALTER TABLE media_reports MODIFY COLUMN IF EXISTS burst_ratio_source COMMENT 'How the burst ratio is known: assumed, estimated from burst and gap densities, measured from runs of losses; unit=none; source=RFC 3611 section 4, RFC 6035; privacy=none';

ALTER TABLE media_reports MODIFY COLUMN IF EXISTS rtt_method COMMENT 'How the round trip was found: none, ntp, dlrr, half_legs, endpoint; unit=none; source=mediaqos; privacy=none';
