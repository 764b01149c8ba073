SELECT cause, gap_start, gap_end FROM omd.gaps WHERE cluster = 'trino' ORDER BY gap_id
