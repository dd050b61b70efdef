"""The dashboard at ``/admin/``: the cloud as one node sees it, alarms first, live."""
