-- The stock's texts as search reads them.
ALTER TABLE bench.stock ADD title_words tsvector, ADD description_words tsvector, ADD remark_words tsvector;
UPDATE bench.stock SET title_words = osit_piece(title, 'A'), description_words = osit_piece(description, 'B'),
    remark_words = osit_piece(remark, 'C');
ALTER TABLE bench.machine ADD words tsvector;
UPDATE bench.machine SET words = osit_piece(name, 'B');
CREATE AGGREGATE bench.append (tsvector) (SFUNC = public.osit_append, STYPE = tsvector);
ANALYZE bench.stock, bench.machine;
