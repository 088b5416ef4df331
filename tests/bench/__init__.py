"""The benchmarks: quality and speed in one run (``make bench``; docs/bench.md explains the results).

clean: pages -> extractors -> workers -> scores -> report, plot

fold: stories -> signers, dedupers, growth -> workers, measure_command -> agreement -> fold_report, fold_plot
"""
